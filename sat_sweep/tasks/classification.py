"""Classification: which class is it? The default, judged by accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sat_sweep.imports.lazy import torch
from sat_sweep.tasks.base import Evaluation, Task, logits_of, of_classes, register
from sat_sweep.tasks.by_class import calibration_error, class_accuracies
from sat_sweep.tasks.measure import Measure, Selection, fraction

if TYPE_CHECKING:
    from sat_sweep.data.device import DevicePart

NOISY_ACCURACY = fraction("val/noisy_accuracy", "val", "given", "accuracy on noisy validation labels")
TEST_ACCURACY = fraction("test/accuracy", "test", "true", "test accuracy")
TEST_BALANCED = fraction("test/balanced_accuracy", "test", "true", "balanced test accuracy")
BEHIND_ACCURACY = tuple(measure._replace(drawn=False) for measure in (
    TEST_BALANCED,
    fraction("test/worst_class_accuracy", "test", "true", "test accuracy of the worst class"),
    fraction("test/calibration_error", "test", "true", "test calibration error (15 bins)", "lower"),
    Measure("test/nll", "test", "true", "lower", float("inf"), "nats", "negative log-likelihood of test labels",
            (0.0, None)),
))
"""What one accuracy for all classes says nothing of."""


class OfClasses(Task):
    """What tasks measure that ask for the class."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Accuracies, overall and by class, losses, and how well probabilities are calibrated."""
        return (
            TEST_ACCURACY, NOISY_ACCURACY,
            Measure("val/noisy_loss", "val", "given", "lower", float("inf"), "nats", "loss on noisy validation labels",
                    (0.0, None)),
            fraction("val/clean_accuracy", "val", "true", "accuracy on true validation labels"),
            *BEHIND_ACCURACY,
        )

    def on_validation(self, part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """What `of_validation` says, and the loss against the given labels."""
        logits = of_classes(logits_of(part.inputs, evaluation), evaluation.classes)
        loss = torch.nn.functional.cross_entropy(logits, part.labels)
        return {**self.of_validation(logits.argmax(dim=1), part, evaluation), "val/noisy_loss": loss}

    def of_validation(self, predictions: torch.Tensor, part: DevicePart,
                      evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """Accuracy against the given labels; against the true ones only where they may be read."""
        metrics = {"val/noisy_accuracy": (predictions == part.labels).float().mean()}
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


@register
class Classification(OfClasses):
    """Accuracy on held-out images, against the given labels to choose by, against the true ones in the end."""

    name: Literal["classification"] = "classification"

    @property
    def selection(self) -> Selection:
        """Noisy validation accuracy: it keeps the order of classifiers under noise where the loss does not."""
        return Selection(NOISY_ACCURACY)

    @property
    def answer(self) -> Measure:
        """Test accuracy."""
        return TEST_ACCURACY
