"""A task from outside the package: some mistakes cost more than others.

    task: {name: cost_sensitive, costly: [0, 1]}

The cost of a mistake is 1, and `factor` where an image of one of the `costly` classes is taken for another. Judged by
the mean cost of an image, the lower the better.
"""

from typing import Literal

import torch
from pydantic import Field

from sat_sweep import Measure, Selection, Task, logits_of, of_classes, register_task


def mean_cost(predictions, labels, costly, factor):
    """The mean over images of what `predictions` (N,) cost where `labels` (N,) and the classes `costly` are right."""
    price = 1 + (factor - 1) * torch.isin(labels, torch.tensor(costly, device=labels.device)).float()
    return (price * (predictions != labels)).mean()


@register_task
class CostSensitive(Task):
    """Classification where classes are not equally precious."""

    name: Literal["cost_sensitive"] = "cost_sensitive"
    costly: tuple[int, ...] = (0,)
    """Classes, by number, that should not be missed."""
    factor: float = Field(10.0, ge=1)
    """What missing one of them costs."""

    @property
    def measures(self):
        """The cost against given and true labels."""
        bounds = (0.0, self.factor)
        return (Measure("test/cost", "test", "true", "lower", self.factor, "", "test cost", bounds),
                Measure("val/noisy_cost", "val", "given", "lower", self.factor, "", "cost on noisy labels", bounds))

    @property
    def selection(self):
        """The cost on noisy validation labels."""
        return Selection(self.measures[1])

    @property
    def answer(self):
        """The cost on test labels."""
        return self.measures[0]

    def on_validation(self, part, evaluation):
        """Against the given labels."""
        return {"val/noisy_cost": self._cost(part, evaluation)}

    def on_test(self, part, evaluation):
        """Against the test labels."""
        return {"test/cost": self._cost(part, evaluation)}

    def _cost(self, part, evaluation):
        predictions = of_classes(logits_of(part.inputs, evaluation), evaluation.classes).argmax(dim=1)
        return mean_cost(predictions, part.labels, self.costly, self.factor)
