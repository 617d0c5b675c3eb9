"""Representations: how much do the features of a network know, whatever it was trained for?

Judged on what enters its last layer, by two classifiers that are fitted to the training set's given labels: nearest
neighbours, and a linear one, the usual evaluation of learning without labels. Beside them stand two measures of
collapse, which read no label. What the network's own last layer makes of the features is measured as for a
classification.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sat_sweep.imports.lazy import torch
from sat_sweep.tasks.base import Evaluation, Task, features_of, logits_of, of_classes, register
from sat_sweep.tasks.classification import NOISY_ACCURACY, TEST_ACCURACY
from sat_sweep.tasks.collapse import effective_rank, feature_deviation
from sat_sweep.tasks.linear_evaluation import fits
from sat_sweep.tasks.measure import Criterion, Measure, Selection, fraction
from sat_sweep.tasks.neighbours import neighbour_votes

if TYPE_CHECKING:
    from sat_sweep.data.device import DevicePart

NOISY_NEIGHBOURS = fraction("val/noisy_knn_accuracy", "val", "given", "k-NN accuracy on noisy validation labels")
TEST_NEIGHBOURS = fraction("test/knn_accuracy", "test", "true", "k-NN test accuracy")
NOISY_LINEAR = fraction("val/noisy_linear_accuracy", "val", "given", "linear accuracy on noisy validation labels")
TEST_LINEAR = fraction("test/linear_accuracy", "test", "true", "linear test accuracy")
DEVIATION = Measure("val/feature_std", "val", "none", "higher", 0.0, "", "deviation of normalised features",
                    (0.0, 1.001))
RANK = Measure("val/effective_rank", "val", "none", "higher", 0.0, "", "effective rank of features", (0.0, None))
Penalty = Annotated[float, Field(gt=0)]


@register
class Representation(Task):
    """Judged by linear evaluation; chosen by nearest neighbours on noisy validation labels, which cost little."""

    name: Literal["representation"] = "representation"
    every: int = Field(1, ge=1)
    """Epochs from one evaluation of features to the next; after the last one there always is one."""
    neighbours: int = Field(20, ge=1)
    """How many training examples vote."""
    penalties: Annotated[tuple[Penalty, ...], Field(min_length=1)] = (1e-3, 1e-2, 1e-1, 1.0)
    """What the linear classifier's squared weights may count, on standardised features; which of them they do is chosen
    by noisy validation labels, each time anew, and is the middle one where no validation part is held out."""

    @property
    def criteria(self) -> dict[str, Criterion]:
        """`knn_accuracy` or `linear_accuracy`: the same classifier chooses and compares."""
        return {"knn_accuracy": Criterion(Selection(NOISY_NEIGHBOURS), TEST_NEIGHBOURS),
                "linear_accuracy": Criterion(Selection(NOISY_LINEAR), TEST_LINEAR)}

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Two classifiers of features, the network's own, and collapse."""
        return (TEST_LINEAR, TEST_NEIGHBOURS, NOISY_NEIGHBOURS, NOISY_LINEAR, TEST_ACCURACY, NOISY_ACCURACY,
                DEVIATION, RANK)

    @property
    def selection(self) -> Selection:
        """Nearest neighbours on noisy validation labels, unless asked otherwise."""
        return self.criteria[self.select_by].selection if self.select_by else Selection(NOISY_NEIGHBOURS)

    @property
    def answer(self) -> Measure:
        """Linear evaluation on test labels, unless asked otherwise."""
        return self.criteria[self.select_by].answer if self.select_by else TEST_LINEAR

    def is_due(self, epoch: int) -> bool:
        """Every so many epochs."""
        return epoch % self.every == 0

    def on_validation(self, part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """Against the given labels; collapse without any."""
        own = {NOISY_ACCURACY.name: self._own_accuracy(part, evaluation)}
        if not evaluation.complete:
            return own
        features = features_of(part.inputs, evaluation)
        neighbours, linear = self._read_off(features, part.labels, evaluation, held_out=features)
        return {**own, NOISY_NEIGHBOURS.name: neighbours, NOISY_LINEAR.name: linear,
                DEVIATION.name: feature_deviation(features), RANK.name: effective_rank(features)}

    def on_test(self, part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """Against the test labels, by classifiers of the training set's given ones."""
        own = {TEST_ACCURACY.name: self._own_accuracy(part, evaluation)}
        if not evaluation.complete:
            return own
        validation = evaluation.validation
        held_out = features_of(validation.inputs, evaluation) if validation is not None else None
        found = self._read_off(features_of(part.inputs, evaluation), part.labels, evaluation, held_out)
        return {**own, **dict(zip((TEST_NEIGHBOURS.name, TEST_LINEAR.name), found, strict=True))}

    def _own_accuracy(self, part: DevicePart, evaluation: Evaluation) -> torch.Tensor:
        return accuracy(of_classes(logits_of(part.inputs, evaluation), evaluation.classes), part.labels)

    def _read_off(self, features: torch.Tensor, labels: torch.Tensor, evaluation: Evaluation,
                  held_out: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        """Accuracy against `labels` (N,) of nearest neighbours and of the linear classifier on `features` (N, d).

        `held_out` are the features of the validation part, if there is one.
        """
        assert evaluation.training is not None
        known, given = features_of(evaluation.training.inputs, evaluation), evaluation.training.labels
        votes = neighbour_votes(features, known, given, evaluation.classes, self.neighbours)
        fitted = fits(known, given, evaluation.classes, self.penalties)
        linear = fitted[len(fitted) // 2]
        if len(fitted) > 1 and held_out is not None and (judge := evaluation.validation) is not None:
            linear = max(fitted, key=lambda each: accuracy(each.logits(held_out), judge.labels).item())
        return accuracy(votes, labels), accuracy(linear.logits(features), labels)


def accuracy(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The share of `scores` (N, C) whose greatest is that of the label of `labels` (N,), a scalar."""
    return (scores.argmax(dim=1) == labels).float().mean()
