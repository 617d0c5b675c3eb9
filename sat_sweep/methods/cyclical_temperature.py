"""Cyclical softmax temperature: logits count as more confident at both ends of training, as less in the middle.

Smith, "General Cyclical Training of Neural Networks", arXiv 2202.08835. In training, and there alone, logits are
divided by T, which follows the schedule of `cyclical`. Whatever a method makes of its logits (a loss, targets, weights)
it makes of these.
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.methods.base import register
from sat_sweep.methods.cyclical import CycleParameters, Cyclical
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter


class CyclicalTemperatureParameters(CycleParameters):
    """As the authors recommend; 1 and 1 is training without."""

    low: float = hyperparameter(0.5, gt=0, search=Range(0.25, 1.0, log=True), meaning="temperature at both ends")
    high: float = hyperparameter(2.0, gt=0, search=Range(1.0, 4.0, log=True), meaning="temperature in the middle")


@register
class CyclicalTemperature(Cyclical):
    """A low temperature makes losses small, and so the beginning and the end easy.

    Proposed for clean labels; no numbers under label noise are published. A high temperature softens what is learned, a
    low one what is wrong: search both ends.
    """

    name = "cyclical_temperature"
    Parameters: ClassVar[type[Parameters]] = CyclicalTemperatureParameters
    changes = "temperature"
