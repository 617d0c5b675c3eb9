"""Mean, spread and 95 % interval over seeds: pure functions of numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Summary:
    """What a few values tell: `std` divides by n - 1, `ci95` is Student's interval for the mean.

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


def interval(values: Sequence[float]) -> Summary:
    """The summary of independent `values`, such as the test accuracies of several seeds."""
    count = len(values)
    if count == 0:
        return Summary(0, None, None, None)
    mean = math.fsum(values) / count
    if count == 1:
        return Summary(1, mean, None, None)
    std = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
    half = t_quantile(count - 1) * std / math.sqrt(count)
    return Summary(count, mean, std, (mean - half, mean + half))


def paired(ours: Mapping[int, float], theirs: Mapping[int, float]) -> Summary:
    """The summary of `ours - theirs` over the seeds that both have.

    The same seed means the same noise, split and order, so that what a seed does to both cancels.
    """
    return interval([ours[seed] - theirs[seed] for seed in sorted(ours.keys() & theirs.keys())])


def t_quantile(degrees: int) -> float:
    """How many standard errors a two-sided 95 % interval reaches to either side, for n - 1 = `degrees`."""
    from scipy.special import stdtrit  # scipy.stats has it too, and takes a second to import

    return float(stdtrit(degrees, (1 + CONFIDENCE) / 2))
