"""Cyclical gradient clipping: gradients are short at both ends of training, and longer in the middle.

Smith, "General Cyclical Training of Neural Networks", arXiv 2202.08835. The norm of the gradient of all parameters of a
network together is clipped; its bound follows the schedule of `cyclical`.
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.methods.base import register
from sat_sweep.methods.cyclical import CycleParameters, Cyclical
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter


class CyclicalClippingParameters(CycleParameters):
    """As in the authors' example."""

    low: float = hyperparameter(0.5, gt=0, search=Range(0.1, 2.0, log=True), meaning="longest gradient at both ends")
    high: float = hyperparameter(2.0, gt=0, search=Range(1.0, 100.0, log=True),
                                 meaning="longest gradient in the middle")


@register
class CyclicalClipping(Cyclical):
    """Wrong labels make long gradients; a bound limits what one batch can do.

    Proposed for clean labels; no numbers under label noise are published. Does nothing where gradients are shorter than
    the bound.
    """

    name = "cyclical_clipping"
    Parameters: ClassVar[type[Parameters]] = CyclicalClippingParameters
    changes = "clip_norm"
