"""Cyclical weight decay: little at the beginning and the end of training, much in the middle.

Smith, "General Cyclical Training of Neural Networks", arXiv 2202.08835. The schedule is that of `cyclical`; it takes
the place of the optimiser's own weight decay. The paper's comparison is at a constant learning rate
(`training.schedule: constant`). Its code spares biases and normalisation; here all parameters decay alike, as
they do without cycles.
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.methods.base import register
from sat_sweep.methods.cyclical import CycleParameters, Cyclical
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter


class CyclicalWeightDecayParameters(CycleParameters):
    """Twice the usual 5e-4 of CIFAR in the middle; the paper's example for ImageNet spans a factor of eight."""

    low: float = hyperparameter(1e-4, ge=0, search=Range(1e-5, 5e-4, log=True), meaning="weight decay at both ends")
    high: float = hyperparameter(1e-3, ge=0, search=Range(5e-4, 5e-3, log=True), meaning="weight decay in the middle")


@register
class CyclicalWeightDecay(Cyclical):
    """Regularises most when the network has learned what is easy and would begin to memorise.

    Compared with a constant learning rate by its author, and with clean labels: a decaying rate may take its gain away.
    No numbers under label noise are published.
    """

    name = "cyclical_weight_decay"
    Parameters: ClassVar[type[Parameters]] = CyclicalWeightDecayParameters
    changes = "weight_decay"
