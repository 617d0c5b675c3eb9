"""Robustness: which class is it, when somebody may change every pixel a little?

Robust accuracy is the accuracy on images that projected gradient descent (Madry et al., ICLR 2018, arXiv 1706.06083)
has searched the neighbourhood of: an upper bound of what stronger attacks leave. It is measured for any classifier,
however it was trained. AutoAttack, a set of attacks that have no settings to tune, is the standard of comparison
(Croce & Hein, ICML 2020, arXiv 2003.01690).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sat_sweep.imports.lazy import torch
from sat_sweep.settings import later
from sat_sweep.tasks.attack import ascend, error_margin, neighbourhood, worst_of
from sat_sweep.tasks.auto_attack import survives
from sat_sweep.tasks.base import EVALUATION_BATCH, Evaluation, Task, logits_of, of_classes, register
from sat_sweep.tasks.classification import NOISY_ACCURACY, TEST_ACCURACY
from sat_sweep.tasks.measure import Measure, Selection, fraction

if TYPE_CHECKING:
    from sat_sweep.data.device import DevicePart

NOISY_ROBUST = fraction("val/noisy_robust_accuracy", "val", "given", "robust accuracy on noisy validation labels")
TEST_ROBUST = fraction("test/robust_accuracy", "test", "true", "robust test accuracy")
AUTO_ATTACK = fraction("test/auto_attack_accuracy", "test", "true", "test accuracy under AutoAttack")._replace(
    drawn=False)


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
    restarts: int = later(1, ge=1)
    """Attacks on each image, from different starts; the worst counts."""
    every: int = later(1, ge=1)
    """Robust accuracy is measured after every so many epochs, and after the last."""
    auto_attack: int | None = later(None, ge=1)
    """On how many test images, the first ones, AutoAttack is run at the end of a confirmed trial (extra
    `adversarial`)."""

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Accuracy with and without attack."""
        return (TEST_ROBUST, NOISY_ROBUST, *self.ends_with, TEST_ACCURACY, NOISY_ACCURACY)

    @property
    def ends_with(self) -> tuple[Measure, ...]:
        """Accuracy under AutoAttack, if it is asked for."""
        return (AUTO_ATTACK,) if self.auto_attack else ()

    @property
    def extra(self) -> tuple[str, str] | None:
        """What brings AutoAttack."""
        return ("pyautoattack", "adversarial") if self.auto_attack else None

    def is_due(self, epoch: int) -> bool:
        """Every so many epochs."""
        return epoch % self.every == 0

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
        return self._accuracies(part, evaluation, NOISY_ROBUST, NOISY_ACCURACY)

    def on_test(self, part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """Against the test labels."""
        return self._accuracies(part, evaluation, TEST_ROBUST, TEST_ACCURACY)

    def at_end(self, part: DevicePart, evaluation: Evaluation) -> dict[str, torch.Tensor]:
        """AutoAttack against the network of the last epoch."""
        assert self.auto_attack is not None
        inputs, labels = part.inputs[:self.auto_attack], part.labels[:self.auto_attack]
        return {AUTO_ATTACK.name: survives(inputs, labels, evaluation, self.epsilon).float().mean()}

    def reservation(self, measured: Collection[str]) -> str | None:
        """What PGD alone does not show, and on how many images AutoAttack was tried."""
        if AUTO_ATTACK.name not in measured:
            return ("Robust accuracy is accuracy under projected gradient descent, an upper bound: stronger attacks "
                    "leave less. AutoAttack was not run; `auto_attack: 1000` in the file's `task` block has it "
                    "measured at the end, with the extra `adversarial`.")
        return (f"Robust accuracy is accuracy under projected gradient descent, an upper bound. AutoAttack was run on "
                f"the first {self.auto_attack} test images (or all, where there are fewer), after the last epoch.")

    def _accuracies(self, part: DevicePart, evaluation: Evaluation, robust: Measure,
                    plain: Measure) -> dict[str, torch.Tensor]:
        measured = {plain.name: _accuracy(part.inputs, part.labels, evaluation)}
        if not evaluation.complete:
            return measured
        attacked = worst_of((self._part_attacked(part, evaluation) for _ in range(self.restarts)),
                            lambda images: error_margin(_logits(images, evaluation), part.labels))
        return {robust.name: _accuracy(attacked, part.labels, evaluation), **measured}

    def _part_attacked(self, part: DevicePart, evaluation: Evaluation) -> torch.Tensor:
        return torch.cat([self.attack(inputs, labels, evaluation) for inputs, labels in zip(
            part.inputs.split(EVALUATION_BATCH), part.labels.split(EVALUATION_BATCH), strict=True)])

    def attack(self, inputs: torch.Tensor, labels: torch.Tensor, evaluation: Evaluation) -> torch.Tensor:
        """`inputs` (B, C, H, W) changed within `epsilon` and the range of pixels so that `labels` (B,) seem wrong.

        Starts from a random place in the neighbourhood and climbs the cross-entropy by the sign of its gradient.
        """
        around = neighbourhood(inputs, self.epsilon, (evaluation.low, evaluation.high))

        def objective(images: torch.Tensor) -> torch.Tensor:
            logits = of_classes(evaluation.predict(images), evaluation.classes)
            return torch.nn.functional.cross_entropy(logits, labels, reduction="sum")

        start = around.random_start(evaluation.generator)
        return ascend(objective, start, around, self.step_size or self.epsilon / 4, self.steps)


def _logits(inputs: torch.Tensor, evaluation: Evaluation) -> torch.Tensor:
    return of_classes(logits_of(inputs, evaluation), evaluation.classes)


def _accuracy(inputs: torch.Tensor, labels: torch.Tensor, evaluation: Evaluation) -> torch.Tensor:
    return (_logits(inputs, evaluation).argmax(dim=1) == labels).float().mean()
