"""Cyclical augmentation: images are hardly changed at both ends of training, and most in the middle.

Smith, "General Cyclical Training of Neural Networks", arXiv 2202.08835, proposes it in words; there is no code. The
strength scales what the file's augmentation does (how far crops move, how often images are mirrored) and follows the
schedule of `cyclical`. Without augmentation there is nothing to cycle, and it is refused.
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.methods.base import register
from sat_sweep.methods.cyclical import CycleParameters, Cyclical
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter


class CyclicalAugmentationParameters(CycleParameters):
    """From nothing to all of it."""

    low: float = hyperparameter(0.0, ge=0, le=1, search=Range(0.0, 0.5), meaning="strength at both ends")
    high: float = hyperparameter(1.0, ge=0, le=1, search=Range(0.5, 1.0), meaning="strength in the middle")


@register
class CyclicalAugmentation(Cyclical):
    """Plain images are easy; strongly changed ones cannot be memorised.

    Proposed in words alone, without code or numbers. Does nothing for data that are not augmented.
    """

    name = "cyclical_augmentation"
    Parameters: ClassVar[type[Parameters]] = CyclicalAugmentationParameters
    changes = "augmentation"
    needs_augmentation = True
