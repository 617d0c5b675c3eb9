"""Classification where classes are of very different sizes: judged by the mean of the accuracies within each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sat_sweep.tasks.base import Evaluation, register
from sat_sweep.tasks.by_class import class_accuracies
from sat_sweep.tasks.classification import TEST_BALANCED, OfClasses
from sat_sweep.tasks.measure import Measure, Selection, fraction

if TYPE_CHECKING:
    import torch

    from sat_sweep.data.device import DevicePart

NOISY_BALANCED = fraction("val/noisy_balanced_accuracy", "val", "given", "balanced accuracy on noisy validation labels")


@register
class BalancedClassification(OfClasses):
    """As classification, but that small classes count as much as large ones, in the choice and in the answer."""

    name: Literal["balanced_classification"] = "balanced_classification"

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Those of classification, the balanced ones first."""
        further = (measure for measure in super().measures if measure.name != TEST_BALANCED.name)
        return TEST_BALANCED, NOISY_BALANCED, *further

    @property
    def selection(self) -> Selection:
        """Balanced accuracy on noisy validation labels, over the classes that these name."""
        return Selection(NOISY_BALANCED)

    @property
    def answer(self) -> Measure:
        """Balanced test accuracy."""
        return TEST_BALANCED

    def of_validation(self, predictions: torch.Tensor, part: DevicePart,
                      evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """Balanced accuracy beside the accuracies."""
        balanced, _ = class_accuracies(predictions, part.labels, evaluation.classes)
        return {**super().of_validation(predictions, part, evaluation), NOISY_BALANCED.name: balanced}
