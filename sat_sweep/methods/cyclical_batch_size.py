"""Cyclical batch size: small batches at both ends of training, large ones in the middle.

Smith, "General Cyclical Training of Neural Networks", arXiv 2202.08835, proposes it in words; there is no code. Sizes
are shares of `training.batch_size` and follow the schedule of `cyclical`. Epochs stay what they are, one visit of every
example; how many steps they have changes, so methods that count steps do not go with it.
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.methods.base import Method, register
from sat_sweep.methods.cyclical import CycleParameters, Cyclical
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Run


class CyclicalBatchSizeParameters(CycleParameters):
    """From half the usual size to twice."""

    low: float = hyperparameter(0.5, gt=0, search=Range(0.25, 1.0, log=True),
                                meaning="batch size at both ends, in shares of training.batch_size")
    high: float = hyperparameter(2.0, gt=0, search=Range(1.0, 4.0, log=True),
                                 meaning="batch size in the middle, in shares of training.batch_size")


@register
class CyclicalBatchSize(Cyclical):
    """Small batches are noisy and keep a network from settling; large ones follow the data more closely.

    Proposed in words alone, without code or numbers. The learning rate stays as it is, so small batches also mean
    larger noise per step.
    """

    name = "cyclical_batch_size"
    Parameters: ClassVar[type[Parameters]] = CyclicalBatchSizeParameters
    changes = "batch_size"

    @classmethod
    def clash(cls, other: type[Method]) -> str | None:
        """Steps per epoch must not change under whoever counts them."""
        changed = f"'{other.name}' counts steps, and '{cls.name}' changes how many an epoch has"
        return changed if other.counts_steps else None

    def setting_for(self, run: Run) -> int:
        """So many examples, at least two: batch normalisation has no variance of one."""
        return max(2, round(self.value(run.epoch) * run.settings.batch_size))
