"""Learning-rate schedules in closed form: the factor of an epoch depends on nothing but its number.

A scheduler object that is stepped has a state which resuming, sharing and resetting would have to carry along;
stochastic resetting's official code shows what becomes of that. Factors are set once per epoch,
as in the papers that we compare with.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from sat_sweep.settings import Closed


class _Schedule(Closed):
    warmup: Annotated[int, Field(ge=0)] = 0
    """Epochs of linear warm-up before the schedule proper; the schedule then runs over what is left."""

    def factor(self, epoch: int, epochs: int) -> float:
        """What the base learning rate is multiplied by in `epoch` (from 1) of `epochs`."""
        if epoch <= self.warmup:
            return epoch / (self.warmup + 1)
        return self.after_warmup(epoch - self.warmup, max(1, epochs - self.warmup))

    def after_warmup(self, epoch: int, epochs: int) -> float:
        raise NotImplementedError


class Constant(_Schedule):
    """The same learning rate throughout."""

    name: Literal["constant"] = "constant"

    def after_warmup(self, epoch: int, epochs: int) -> float:
        """Always 1."""
        return 1.0


class Step(_Schedule):
    """Multiplied by `gamma` after each milestone, given as finished epochs or as shares of the training."""

    name: Literal["step"] = "step"
    milestones: tuple[Annotated[float, Field(gt=0)], ...] = (0.5, 0.75)
    """Below 1 a share of the training, else a number of epochs."""
    gamma: Annotated[float, Field(gt=0, le=1)] = 0.1
    """The factor of each milestone."""

    def after_warmup(self, epoch: int, epochs: int) -> float:
        """`gamma` to the number of milestones that lie before `epoch`."""
        passed = [m for m in self.milestones if epoch - 1 >= (m * epochs if m < 1 else m)]
        return self.gamma ** len(passed)


class Cosine(_Schedule):
    """Half a cosine from 1 towards `final`: epoch e has (1 + cos(pi (e-1) / epochs)) / 2, as SAT's authors step it."""

    name: Literal["cosine"] = "cosine"
    final: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """The factor that the end of the training comes close to."""

    def after_warmup(self, epoch: int, epochs: int) -> float:
        """Between 1 in the first epoch and nearly `final` in the last."""
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * (epoch - 1) / epochs)) / 2


AnySchedule = Annotated[Constant | Step | Cosine, Field(discriminator="name")]
