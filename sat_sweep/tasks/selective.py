"""Selective classification: which class is it, and on which images would you rather not say?

A classifier with a score of confidence answers on the images where it is most confident; the risk at a coverage is its
error rate on so large a share of all images. AURC, the area under the risk-coverage curve (Geifman & El-Yaniv, 2017),
is the mean of the risks at the coverages 1/N, 2/N, …, 1: low where errors come last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sat_sweep.imports.lazy import torch
from sat_sweep.tasks.base import Evaluation, Task, logits_of, of_classes, register
from sat_sweep.tasks.classification import NOISY_ACCURACY, TEST_ACCURACY
from sat_sweep.tasks.measure import Measure, Selection, fraction

if TYPE_CHECKING:
    from sat_sweep.data.device import DevicePart

NOISY_AURC = fraction("val/noisy_aurc", "val", "given", "AURC on noisy validation labels", "lower")
TEST_AURC = fraction("test/aurc", "test", "true", "test AURC", "lower")
Coverage = Annotated[float, Field(gt=0, le=1)]


def risks(correct: torch.Tensor, confidence: torch.Tensor) -> torch.Tensor:
    """The risk at each coverage k/N, k = 1 … N, for `correct` (N,) bool and `confidence` (N,), float32 (N,).

    Of equal confidence the earlier one is answered first.
    """
    wrong = (~correct[confidence.argsort(descending=True, stable=True)]).float()
    return wrong.cumsum(0) / torch.arange(1, len(wrong) + 1, device=wrong.device)


@register
class Selective(Task):
    """Judged by AURC: of the errors among all answers, and of the order in which they would be given."""

    name: Literal["selective"] = "selective"
    score: Literal["abstention", "max_probability", "entropy"] = "abstention"
    """What confidence is: the abstention where a network has one (else the greatest probability), the greatest
    probability of a class (softmax response), or low entropy."""
    coverages: Annotated[tuple[Coverage, ...], Field(min_length=1)] = (0.7, 0.8, 0.9)
    """Shares of answered images at which the test risk is measured as well."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """AURC, the risks at the coverages, and accuracy, which is one minus the risk at full coverage."""
        at = [fraction(f"test/risk_at_{coverage:g}", "test", "true", f"test error at coverage {coverage:g}", "lower")
              for coverage in self.coverages]
        return (TEST_AURC, NOISY_AURC, *at, TEST_ACCURACY, NOISY_ACCURACY)

    @property
    def selection(self) -> Selection:
        """AURC on noisy validation labels."""
        return Selection(NOISY_AURC)

    @property
    def answer(self) -> Measure:
        """AURC on test labels."""
        return TEST_AURC

    def on_validation(self, part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """AURC and accuracy against the given labels."""
        curve = self._risks(part, evaluation)
        return {"val/noisy_aurc": curve.mean(), "val/noisy_accuracy": 1 - curve[-1]}

    def on_test(self, part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """AURC, risks and accuracy against the test labels."""
        curve = self._risks(part, evaluation)
        at = {f"test/risk_at_{coverage:g}": curve[max(1, round(coverage * len(curve))) - 1]
              for coverage in self.coverages}
        return {"test/aurc": curve.mean(), **at, "test/accuracy": 1 - curve[-1]}

    def _risks(self, part: DevicePart, evaluation: Evaluation) -> torch.Tensor:
        logits = logits_of(part.inputs, evaluation)
        correct = of_classes(logits, evaluation.classes).argmax(dim=1) == part.labels
        return risks(correct, self.confidence(logits, evaluation.classes))

    def confidence(self, logits: torch.Tensor, classes: int) -> torch.Tensor:
        """The confidence (N,) behind `logits` (N, classes) or (N, classes + 1), by `score`; greater is surer."""
        if self.score == "abstention" and logits.shape[1] > classes:
            return -logits.log_softmax(dim=1)[:, classes]
        log_p = of_classes(logits, classes).log_softmax(dim=1)
        return (log_p.exp() * log_p).sum(dim=1) if self.score == "entropy" else log_p.amax(dim=1)
