"""Classification: which class is it? The default, judged by accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sat_sweep.imports.lazy import torch
from sat_sweep.settings import later
from sat_sweep.tasks import corrupted
from sat_sweep.tasks.base import Evaluation, Task, logits_of, of_classes, register
from sat_sweep.tasks.by_class import calibration_error, class_accuracies
from sat_sweep.tasks.measure import Criterion, Measure, Selection, fraction

if TYPE_CHECKING:
    from sat_sweep.data.device import DevicePart

NOISY_ACCURACY = fraction("val/noisy_accuracy", "val", "given", "accuracy on noisy validation labels")
TEST_ACCURACY = fraction("test/accuracy", "test", "true", "test accuracy")
NOISY_BALANCED = fraction("val/noisy_balanced_accuracy", "val", "given", "balanced accuracy on noisy validation labels")
TEST_BALANCED = fraction("test/balanced_accuracy", "test", "true", "balanced test accuracy")
NOISY_WORST = fraction("val/noisy_worst_class_accuracy", "val", "given",
                       "accuracy on noisy validation labels of the worst class")
TEST_WORST = fraction("test/worst_class_accuracy", "test", "true", "test accuracy of the worst class")
BEHIND_ACCURACY = tuple(measure._replace(drawn=False) for measure in (
    TEST_BALANCED, TEST_WORST,
    fraction("test/calibration_error", "test", "true", "test calibration error (15 bins)", "lower"),
    Measure("test/nll", "test", "true", "lower", float("inf"), "nats", "negative log-likelihood of test labels",
            (0.0, None)),
))
"""What one accuracy for all classes says nothing of."""
BY_CLASS = {
    "balanced_accuracy": Criterion(Selection(NOISY_BALANCED), TEST_BALANCED),
    "worst_class_accuracy": Criterion(Selection(NOISY_WORST), TEST_WORST),
}
"""To go by where classes are of very different sizes."""


@register
class Classification(Task):
    """Accuracy on held-out images, against the given labels to choose by, against the true ones in the end."""

    name: Literal["classification"] = "classification"
    corruptions: bool = later(False)
    """Whether confirmed trials end with a test on corrupted images: the fifteen kinds of CIFAR-10-C at five severities,
    75 passes over the test set."""

    @property
    def criteria(self) -> dict[str, Criterion]:
        """`balanced_accuracy`, the mean of the accuracies within each class, and `worst_class_accuracy`."""
        return BY_CLASS

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Accuracies, overall and by class, losses, and how well probabilities are calibrated."""
        by_class = [criterion.selection.measure for criterion in BY_CLASS.values()] if self.select_by else []
        return (
            TEST_ACCURACY, NOISY_ACCURACY, *by_class,
            Measure("val/noisy_loss", "val", "given", "lower", float("inf"), "nats", "loss on noisy validation labels",
                    (0.0, None)),
            fraction("val/clean_accuracy", "val", "true", "accuracy on true validation labels"),
            *BEHIND_ACCURACY, *self.ends_with,
        )

    @property
    def ends_with(self) -> tuple[Measure, ...]:
        """Accuracy under corruption, if asked."""
        return corrupted.MEASURES if self.corruptions else ()

    def misfit(self, input_shape: tuple[int, ...]) -> str | None:
        """Only images can be corrupted."""
        return corrupted.misfit(input_shape) if self.corruptions else None

    @property
    def selection(self) -> Selection:
        """Noisy validation accuracy: it keeps the order of classifiers under noise where the loss does not."""
        return BY_CLASS[self.select_by].selection if self.select_by else Selection(NOISY_ACCURACY)

    @property
    def answer(self) -> Measure:
        """Test accuracy, or what of the test part the selection stands for."""
        return BY_CLASS[self.select_by].answer if self.select_by else TEST_ACCURACY

    def on_validation(self, part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """Accuracy and loss against the given labels; accuracy against the true ones only where they may be read."""
        logits = of_classes(logits_of(part.inputs, evaluation), evaluation.classes)
        predictions = logits.argmax(dim=1)
        metrics = {
            "val/noisy_accuracy": (predictions == part.labels).float().mean(),
            "val/noisy_loss": torch.nn.functional.cross_entropy(logits, part.labels),
        }
        if self.select_by:
            by_class = class_accuracies(predictions, part.labels, evaluation.classes)
            metrics |= dict(zip((NOISY_BALANCED.name, NOISY_WORST.name), by_class, strict=True))
        if evaluation.true_labels and part.true_labels is not None:
            metrics["val/clean_accuracy"] = (predictions == part.true_labels).float().mean()
        return metrics

    def on_test(self, part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """Against the test labels."""
        logits = of_classes(logits_of(part.inputs, evaluation), evaluation.classes)
        predictions = logits.argmax(dim=1)
        balanced, worst = class_accuracies(predictions, part.labels, evaluation.classes)
        return {
            "test/accuracy": (predictions == part.labels).float().mean(),
            "test/balanced_accuracy": balanced,
            "test/worst_class_accuracy": worst,
            "test/calibration_error": calibration_error(logits.softmax(dim=1), part.labels),
            "test/nll": torch.nn.functional.cross_entropy(logits, part.labels),
        }

    def at_end(self, part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """Against the test labels, on corrupted images."""
        return corrupted.corrupted_accuracies(part, evaluation)
