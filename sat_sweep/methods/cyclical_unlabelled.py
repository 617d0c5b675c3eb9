"""Cyclical weight of unlabelled examples: labels alone at both ends of training, most trust in guesses in the middle.

Smith, "General Cyclical Training of Neural Networks", arXiv 2202.08835, proposes it in words; there is no code. What a
method multiplies its unlabelled term with (`lambda_u`, its own ramp included) is multiplied once more, by a factor that
follows the schedule of `cyclical`.
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.methods.base import Algorithm, Method, Need, register
from sat_sweep.methods.cyclical import CycleParameters, Cyclical
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter


class CyclicalUnlabelledParameters(CycleParameters):
    """From nothing to all of it; 1 and 1 is training without."""

    low: float = hyperparameter(0.0, ge=0, search=Range(0.0, 0.5), meaning="factor of the weight at both ends")
    high: float = hyperparameter(1.0, ge=0, search=Range(0.5, 2.0), meaning="factor of the weight in the middle")


@register
class CyclicalUnlabelled(Cyclical):
    """Guesses weigh most once there is something to guess by, and labels have the last word.

    Proposed in words alone, without code or numbers.
    """

    name = "cyclical_unlabelled"
    Parameters: ClassVar[type[Parameters]] = CyclicalUnlabelledParameters
    needs = frozenset({Need.UNLABELLED})
    changes = "unlabelled_weight"

    @classmethod
    def clash(cls, other: type[Method]) -> str | None:
        """Nothing to cycle."""
        if not issubclass(other, Algorithm) or Need.UNLABELLED in other.needs or other.name == "mean_teacher":
            return None
        return f"'{other.name}' learns nothing from unlabelled examples, whose weight '{cls.name}' changes"
