"""Between which learning rates a range test says to train.

Smith 2017 (see `lr_range`) reads two rates off the curve of accuracy: where it starts to rise, and where it slows,
becomes ragged or starts to fall. Here that is a rule. With each accuracy averaged with up to two on either side, and

    rise = the highest of these averages - accuracy before the first step

    base: from here up to the highest average all lie above the start by more than `STARTS` of the rise
    max:  from base on the first to lie above the start by `SLOWS` of the rise,
          or the highest before an average that has fallen from it by more than `FALLS` of the rise,
          whichever comes first

Where the rise is within `ERRORS` standard errors of an accuracy of so many examples nothing is suggested.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from sat_sweep.training.lr_range import Curve

STARTS, SLOWS, FALLS, ERRORS = 0.1, 0.98, 0.1, 3.0


class Bounds(NamedTuple):
    """Learning rates to train between.

    `from_first`: accuracy rises from the first rate on, so a lower one may do as well; `to_last`: it still rises at
    the last, so a higher one may.
    """

    base: float
    max: float
    from_first: bool
    to_last: bool


def bounds(curve: Curve) -> Bounds | None:
    """What `curve` suggests, None where accuracy has not risen clearly."""
    levels = centred_means(curve.accuracies)
    rise = max(levels, default=0.0) - curve.start
    if rise <= ERRORS * math.sqrt(0.25 / curve.examples):
        return None
    base, highest = places(levels, curve.start)
    rates = curve.rates
    if base == highest:  # so steep that both are one point
        base = max(0, base - 1)
    return Bounds(rates[base], rates[highest], base == 0, highest == len(rates) - 1)


def places(levels: Sequence[float], start: float) -> tuple[int, int]:
    """Where base and max lie in the smoothed accuracies `levels`, which rise above `start`."""
    rise = max(levels) - start
    peak = levels.index(max(levels))
    low = [place for place in range(peak) if levels[place] <= start + STARTS * rise]
    base = low[-1] + 1 if low else 0
    highest = base
    for place in range(base, len(levels)):
        if levels[highest] >= start + SLOWS * rise or levels[place] < levels[highest] - FALLS * rise:
            break
        highest = max(highest, place, key=levels.__getitem__)
    return base, highest


def centred_means(values: Sequence[float]) -> list[float]:
    """Each of `values` averaged with up to two on either side, equally many."""
    reach = [min(2, place, len(values) - 1 - place) for place in range(len(values))]
    parts = [values[place - most: place + most + 1] for place, most in enumerate(reach)]
    return [sum(part) / len(part) for part in parts]
