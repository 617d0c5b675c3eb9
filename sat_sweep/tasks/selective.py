"""Selective classification: which class is it, and on which images would you rather not say?

A classifier with a score of confidence answers where it is most confident. Its risk at a coverage is its error rate on
so large a share of all images; `risk_coverage` has the areas under that curve. A threshold that is to give a coverage
is chosen on noisy validation images, whose labels it needs not, and kept on test images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sat_sweep.imports.lazy import torch
from sat_sweep.tasks.base import Evaluation, Task, logits_of, of_classes, register
from sat_sweep.tasks.classification import NOISY_ACCURACY, TEST_ACCURACY
from sat_sweep.tasks.measure import Measure, Point, Selection, fraction
from sat_sweep.tasks.risk_coverage import answered, at_coverage, augrc, aurc, excess_aurc, risks, threshold

if TYPE_CHECKING:
    from sat_sweep.data.device import DevicePart

NOISY_AURC = fraction("val/noisy_aurc", "val", "given", "AURC on noisy validation labels", "lower")
TEST_AURC = fraction("test/aurc", "test", "true", "test AURC", "lower")
TEST_E_AURC = fraction("test/e_aurc", "test", "true", "test E-AURC", "lower")
TEST_AUGRC = fraction("test/augrc", "test", "true", "test AUGRC", "lower")
Coverage = Annotated[float, Field(gt=0, le=1)]
CURVE = {
    (coverage := place / 20): fraction(
        f"test/risk_curve/{coverage:g}", "test", "true", f"test error of the surest {100 * coverage:g} %", "lower",
    )._replace(drawn=False, point=Point("Risk against coverage", "coverage", coverage, "fraction"))
    for place in range(1, 21)
}
"""The risk–coverage curve at twentieths."""


@register
class Selective(Task):
    """Judged by AURC: of the errors among all answers, and of the order in which they would be given."""

    name: Literal["selective"] = "selective"
    score: Literal["max_prob", "abstain", "entropy"] = "max_prob"
    """What confidence is: the greatest probability of a class (softmax response), how little a network abstains that
    can (else as `max_prob`), or low entropy."""
    coverages: Annotated[tuple[Coverage, ...], Field(min_length=1)] = (0.7, 0.8, 0.9)
    """Shares of answered images for which a threshold is chosen on validation images."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Areas, risks and real coverages at the thresholds, accuracy, and the curve."""
        return (TEST_AURC, NOISY_AURC, TEST_E_AURC, TEST_AUGRC, *self._at_thresholds.values(), TEST_ACCURACY,
                NOISY_ACCURACY, *CURVE.values())

    @property
    def _at_thresholds(self) -> dict[str, Measure]:
        found = [each for coverage in self.coverages for each in (
            fraction(f"test/risk_at_{coverage:g}", "test", "true", f"test error at coverage {coverage:g}", "lower"),
            fraction(f"test/coverage_at_{coverage:g}", "test", "true", f"test coverage at threshold for {coverage:g}")
            ._replace(drawn=False))]
        return {measure.name: measure for measure in found}

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
        curve = risks(*self._answers(part, evaluation))
        return {NOISY_AURC.name: aurc(curve), NOISY_ACCURACY.name: 1 - curve[-1]}

    def on_test(self, part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """Everything else, against the test labels; nothing at thresholds where no validation images are held out."""
        correct, confidence = self._answers(part, evaluation)
        curve = risks(correct, confidence)
        at_thresholds = []
        if evaluation.validation is not None:
            _, held_out = self._answers(evaluation.validation, evaluation._replace(observe=None))
            at_thresholds = [each for coverage in self.coverages
                             for each in answered(correct, confidence, threshold(held_out, coverage))]
        return {
            TEST_AURC.name: aurc(curve), TEST_E_AURC.name: excess_aurc(curve, correct), TEST_AUGRC.name: augrc(curve),
            **dict(zip(self._at_thresholds, at_thresholds, strict=False)), TEST_ACCURACY.name: 1 - curve[-1],
            **{measure.name: at_coverage(curve, coverage) for coverage, measure in CURVE.items()},
        }

    def _answers(self, part: DevicePart, evaluation: Evaluation) -> tuple[torch.Tensor, torch.Tensor]:
        """Which predictions are right by the labels of `part`, and how confident each is."""
        logits = logits_of(part.inputs, evaluation)
        correct = of_classes(logits, evaluation.classes).argmax(dim=1) == part.labels
        return correct, self.confidence(logits, evaluation.classes)

    def confidence(self, logits: torch.Tensor, classes: int) -> torch.Tensor:
        """The confidence (N,) behind `logits` (N, classes) or (N, classes + 1), by `score`; greater is surer."""
        if self.score == "abstain" and logits.shape[1] > classes:
            return -logits.log_softmax(dim=1)[:, classes]
        log_p = of_classes(logits, classes).log_softmax(dim=1)
        return (log_p.exp() * log_p).sum(dim=1) if self.score == "entropy" else log_p.amax(dim=1)
