"""Robustness: which class is it, when somebody may change every pixel a little?

Robust accuracy is the accuracy on images that projected gradient descent (Madry et al., ICLR 2018, arXiv 1706.06083)
has searched the neighbourhood of: an upper bound of what stronger attacks leave. It is measured for any classifier,
however it was trained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sat_sweep.imports.lazy import torch
from sat_sweep.tasks.base import EVALUATION_BATCH, Evaluation, Task, logits_of, of_classes, register
from sat_sweep.tasks.classification import NOISY_ACCURACY, TEST_ACCURACY
from sat_sweep.tasks.measure import Measure, Selection, fraction

if TYPE_CHECKING:
    from sat_sweep.data.device import DevicePart

NOISY_ROBUST = fraction("val/noisy_robust_accuracy", "val", "given", "robust accuracy on noisy validation labels")
TEST_ROBUST = fraction("test/robust_accuracy", "test", "true", "robust test accuracy")


@register
class Adversarial(Task):
    """Judged by accuracy under an attack with a maximum norm, in pixels between 0 and 1."""

    name: Literal["adversarial"] = "adversarial"
    epsilon: Annotated[float, Field(gt=0, lt=1)] = 8 / 255
    """How far a pixel may be moved."""
    steps: Annotated[int, Field(ge=1)] = 10
    """Gradient steps of the attack."""
    step_size: Annotated[float, Field(gt=0)] | None = None
    """How far a step goes; a quarter of `epsilon` if absent."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Accuracy with and without attack."""
        return (TEST_ROBUST, NOISY_ROBUST, TEST_ACCURACY, NOISY_ACCURACY)

    @property
    def selection(self) -> Selection:
        """Robust accuracy on noisy validation labels."""
        return Selection(NOISY_ROBUST)

    @property
    def answer(self) -> Measure:
        """Robust accuracy on test labels."""
        return TEST_ROBUST

    def misfit(self, input_shape: tuple[int, ...]) -> str | None:
        """Pixels have bounds, features have none that are known."""
        if len(input_shape) == 3:
            return None
        return f"an attack needs images; the inputs have shape {input_shape}, use task: {{name: classification}}"

    def on_validation(self, part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """Against the given labels, which the attack fights as well."""
        robust, plain = self._accuracies(part, evaluation)
        return {"val/noisy_robust_accuracy": robust, "val/noisy_accuracy": plain}

    def on_test(self, part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """Against the test labels."""
        robust, plain = self._accuracies(part, evaluation)
        return {"test/robust_accuracy": robust, "test/accuracy": plain}

    def _accuracies(self, part: DevicePart, evaluation: Evaluation) -> tuple[torch.Tensor, torch.Tensor]:
        attacked = torch.cat([self.attack(inputs, labels, evaluation) for inputs, labels in zip(
            part.inputs.split(EVALUATION_BATCH), part.labels.split(EVALUATION_BATCH), strict=True)])
        robust, plain = (_accuracy(inputs, part.labels, evaluation) for inputs in (attacked, part.inputs))
        return robust, plain

    def attack(self, inputs: torch.Tensor, labels: torch.Tensor, evaluation: Evaluation) -> torch.Tensor:
        """`inputs` (B, C, H, W) changed within `epsilon` and the range of pixels so that `labels` (B,) seem wrong.

        Starts from a random place in the neighbourhood and climbs the cross-entropy by the sign of its gradient.
        """
        low, high = evaluation.low.view(1, -1, 1, 1), evaluation.high.view(1, -1, 1, 1)
        reach = self.epsilon * (high - low)
        step = (self.step_size or self.epsilon / 4) * (high - low)
        start = torch.rand(inputs.shape, generator=evaluation.generator).to(inputs) * 2 - 1
        attacked = (inputs + start * reach).clamp(low, high)
        for _ in range(self.steps):
            climbed = attacked + step * _slope(attacked, labels, evaluation).sign()
            attacked = climbed.clamp(inputs - reach, inputs + reach).clamp(low, high)
        return attacked


def _slope(inputs: torch.Tensor, labels: torch.Tensor, evaluation: Evaluation) -> torch.Tensor:
    """The gradient of the cross-entropy in the inputs."""
    inputs = inputs.detach().requires_grad_()
    logits = of_classes(evaluation.predict(inputs), evaluation.classes)
    (slope,) = torch.autograd.grad(torch.nn.functional.cross_entropy(logits, labels, reduction="sum"), inputs)
    return slope


def _accuracy(inputs: torch.Tensor, labels: torch.Tensor, evaluation: Evaluation) -> torch.Tensor:
    predictions = of_classes(logits_of(inputs, evaluation), evaluation.classes).argmax(dim=1)
    return (predictions == labels).float().mean()
