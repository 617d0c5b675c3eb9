"""Semi-supervised classification: which class is it, and what does the network make of images without a label?

Accuracy as in `classification`. Beside it, after every epoch of a confirmed trial, what methods build on that learn
from their own guesses: how many unlabelled training images are predicted with confidence, and how often that is wrong.
It reads true labels, decides nothing, and no method sees it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from sat_sweep.imports.lazy import torch
from sat_sweep.tasks.base import Evaluation, Task, logits_of, of_classes, register
from sat_sweep.tasks.classification import Classification
from sat_sweep.tasks.measure import Criterion, Measure, Selection, fraction

if TYPE_CHECKING:
    from sat_sweep.data.device import DevicePart, DeviceUnlabelled

GUESSED = fraction("train/pseudo_label_accuracy", "train", "true", "accuracy on unlabelled training images")
CONFIDENT = fraction("train/confident", "train", "none", "unlabelled training images predicted with confidence")
CONFIDENT_ERROR = fraction("train/confident_error", "train", "true", "error of confident predictions on them", "lower")


@register
class SemiSupervised(Task):
    """Accuracy on held-out images, and in the confirm stage how good guesses on unlabelled ones are."""

    needs_unlabelled: ClassVar[bool] = True
    name: Literal["semi_supervised"] = "semi_supervised"
    confidence: float = Field(0.95, ge=0, le=1)
    """The probability from which a prediction counts as confident; not what a method takes for its own threshold."""

    @property
    def criteria(self) -> dict[str, Criterion]:
        """Those of a classification."""
        return self._accuracy.criteria

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Those of a classification, and the three of unlabelled images."""
        return (*self._accuracy.measures, GUESSED, CONFIDENT, CONFIDENT_ERROR)

    @property
    def selection(self) -> Selection:
        """Noisy validation accuracy."""
        return self._accuracy.selection

    @property
    def answer(self) -> Measure:
        """Test accuracy."""
        return self._accuracy.answer

    def on_validation(self, part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """As for a classification."""
        return self._accuracy.on_validation(part, evaluation)

    def on_test(self, part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """As for a classification, and of unlabelled images what can be told of them."""
        unlabelled = evaluation.unlabelled
        guesses = self._guesses(unlabelled, evaluation) if unlabelled is not None else {}
        return {**self._accuracy.on_test(part, evaluation), **guesses}

    def _guesses(self, part: DeviceUnlabelled, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """No error where true labels are unknown; an error of 0 where nothing is predicted with confidence."""
        logits = of_classes(logits_of(part.inputs, evaluation._replace(observe=None)), evaluation.classes)
        probability, guessed = logits.softmax(dim=1).max(dim=1)
        confident = probability >= self.confidence
        found = {CONFIDENT.name: confident.float().mean()}
        if part.true_labels is not None:
            wrong = guessed != part.true_labels
            found |= {GUESSED.name: 1 - wrong.float().mean(),
                      CONFIDENT_ERROR.name: (wrong & confident).sum() / confident.sum().clamp(min=1)}
        return found

    @property
    def _accuracy(self) -> Classification:
        return Classification(select_by=self.select_by)
