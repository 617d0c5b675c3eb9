"""Mean, spread, 95 % interval and p-value over seeds: pure functions of numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CONFIDENCE = 0.95
SINGLE = 2.0 ** -23
"""The relative precision of float32, in which metrics are computed."""

Bounds = tuple[float | None, float | None]
"""The least and the greatest that a number can be; None: without limit."""


@dataclass(frozen=True)
class Summary:
    """What a few values tell: `std` divides by n - 1, `ci95` is Student's interval for the mean within its bounds.

    Without values everything is None; with one value only the mean is known.
    """

    count: int
    mean: float | None
    std: float | None
    ci95: tuple[float, float] | None

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero; False where there is none."""
        return self.ci95 is not None and (self.ci95[0] > 0 or self.ci95[1] < 0)

    def to_json(self) -> dict[str, Any]:
        """The shape that `report --json` prints; the count stands beside it."""
        return {"mean": self.mean, "std": self.std, "ci95": list(self.ci95) if self.ci95 else None}


@dataclass(frozen=True)
class Difference(Summary):
    """The summary of paired differences, with the p-value of their being zero on average.

    `p` is None with fewer than two pairs. `p_holm` is `p` after Holm's correction for all comparisons of a table,
    None for one that is not among them. `constant`: every pair differs by the same amount, which is not zero.
    """

    p: float | None = None
    p_holm: float | None = None
    constant: bool = False

    @property
    def survives(self) -> bool:
        """Whether zero is refuted also after correction for the number of comparisons."""
        return self.p_holm is not None and self.p_holm < 1 - CONFIDENCE

    def to_json(self) -> dict[str, Any]:
        """The shape that `report --json` prints."""
        return {**super().to_json(), "p": self.p, "p_holm": self.p_holm}


def interval(values: Sequence[float], bounds: Bounds = (None, None)) -> Summary:
    """The summary of independent `values`, such as the test accuracies of several seeds.

    The interval for the mean is Student's t, cut off at `bounds`, the least and the greatest value that is possible.
    The true mean surely lies within them, so that the cut takes nothing from the 95 %.
    """
    count = len(values)
    if count == 0:
        return Summary(0, None, None, None)
    mean = math.fsum(values) / count
    if count == 1:
        return Summary(1, mean, None, None)
    std = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
    half = t_quantile(count - 1) * std / math.sqrt(count)
    return Summary(count, mean, std, (within(mean - half, bounds), within(mean + half, bounds)))


def within(value: float, bounds: Bounds) -> float:
    """`value`, or the bound that it is beyond."""
    low, high = bounds
    value = value if low is None else max(low, value)
    return value if high is None else min(high, value)


def paired(ours: Mapping[int, float], theirs: Mapping[int, float], bounds: Bounds = (None, None)) -> Difference:
    """The summary of `ours - theirs` over the seeds that both have; `bounds` are those of the values themselves.

    The same seed means the same noise, split and order, so that what a seed does to both cancels. Values between
    low and high differ by no more than high - low, so neither does the interval.
    """
    seeds = sorted(ours.keys() & theirs.keys())
    differences = [ours[seed] - theirs[seed] for seed in seeds]
    low, high = bounds
    widest = None if low is None or high is None else high - low
    summary = interval(differences, (None if widest is None else -widest, widest))
    rounding = SINGLE * max((abs(values[seed]) for seed in seeds for values in (ours, theirs)), default=0.0)
    return Difference(**vars(summary), p=p_value(summary, rounding), constant=_constant(summary, rounding))


def p_value(differences: Summary, rounding: float = 0.0) -> float | None:
    """The two-sided p-value of a paired t-test, None for fewer than two pairs.

    Where the pairs are equal, up to `rounding`, it is 1. Where all differ by the same amount, t has no spread to go
    by; n signs that agree have, by the exact sign test, a p-value of 2 ** (1 - n).
    """
    from scipy.special import stdtr  # scipy.stats has the test too, and takes a second to import

    count, mean, std = differences.count, differences.mean, differences.std
    if mean is None or std is None:
        return None
    if std <= rounding:
        return 1.0 if abs(mean) <= rounding else 2.0 ** (1 - count)
    return float(2 * stdtr(count - 1, -abs(mean) / (std / math.sqrt(count))))


def _constant(differences: Summary, rounding: float) -> bool:
    mean, std = differences.mean, differences.std
    return mean is not None and std is not None and std <= rounding < abs(mean)


def holm(p_values: Sequence[float]) -> list[float]:
    """`p_values` corrected by Holm's step-down method, in the same order.

    Of all that is then below α, even one is wrong with a probability of at most α, however the tests depend on each
    other.
    """
    corrected, reached = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        reached = max(reached, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = reached
    return corrected


def share_interval(share: float, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval for a probability that came out as `share`, in [0, 1], of `count` independent draws."""
    from scipy.special import ndtri

    z = float(ndtri((1 + CONFIDENCE) / 2))
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


def t_quantile(degrees: int) -> float:
    """How many standard errors a two-sided 95 % interval reaches to either side, for n - 1 = `degrees`."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + CONFIDENCE) / 2))
