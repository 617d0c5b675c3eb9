"""Numbers as words, the same in the terminal, the page and the sentences."""

from __future__ import annotations

from typing import Any

from sat_sweep.report.model import Counts
from sat_sweep.report.statistics import Summary

NOTHING = "–"


def percent(share: float) -> str:
    """`93.1`."""
    return f"{100 * share:.1f}"


def points(difference: float) -> str:
    """`+20.7`, `−0.3`, in percentage points and with a real minus; `0.0` has no sign."""
    text = f"{100 * difference:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "−")


def accuracy(summary: Summary) -> str:
    """`93.1 ± 0.5 [92.5, 93.7]`, in percent, as far as it is known."""
    if summary.mean is None:
        return NOTHING
    if summary.std is None or summary.ci95 is None:
        return percent(summary.mean)
    low, high = map(percent, summary.ci95)
    return f"{percent(summary.mean)} ± {percent(summary.std)} [{low}, {high}]"


def difference(summary: Summary | None) -> str:
    """`+20.7 [+19.9, +21.5]`, in percentage points, as far as it is known."""
    if summary is None or summary.mean is None:
        return NOTHING
    if summary.ci95 is None:
        return points(summary.mean)
    low, high = map(points, summary.ci95)
    return f"{points(summary.mean)} [{low}, {high}]"


def trials(counts: Counts) -> str:
    """`8`, or `8 (2 pruned, 1 failed)`."""
    early = ((counts.pruned, "pruned"), (counts.failed, "failed"))
    parts = [f"{number} {word}" for number, word in early if number]
    return f"{counts.total} ({', '.join(parts)})" if parts else str(counts.total)


def setting(value: Any) -> str:
    """A searched value, floats to four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def settings(values: dict[str, Any]) -> str:
    """`sat.momentum 0.9, sat.start_epoch 12`."""
    return ", ".join(f"{name} {setting(value)}" for name, value in values.items()) or NOTHING


def duration(seconds: float) -> str:
    """`42 s`, `12 min`, `3 h 05 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"


def listing(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
