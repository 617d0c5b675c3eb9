"""Numbers as words, the same in the terminal, the page and the sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sat_sweep.report.rows import TrialCounts
from sat_sweep.report.statistics import Summary

if TYPE_CHECKING:
    from sat_sweep.tasks import Measure

NOTHING = "–"
MINUS = "−"


def percent(share: float, digits: int = 1) -> str:
    """`93.1`."""
    return f"{100 * share:.{digits}f}"


def amount(value: float, measure: Measure) -> str:
    """`93.1` for a fraction, in percent; one that is better low, and so small in the end, has two digits, as `1.32`.

    Other measures as numbers to three digits: `0.693`.
    """
    text = percent(value, _digits(measure)) if measure.unit == "fraction" else f"{value:.3f}"
    return text.replace("-", MINUS)


def at(condition: str) -> str:
    """`At symmetric-0.4`, `With labels as given`: how a sentence about a condition begins."""
    noise, _, point = condition.partition(" ")
    return " at ".join(filter(None, ["With labels as given", point])) if noise == "as_given" else f"At {condition}"


def change(difference: float, measure: Measure) -> str:
    """`+20.7`, `−0.3`, in percentage points for a fraction and with a real minus; zero has no sign."""
    text = amount(abs(difference), measure)
    sign = "" if float(text) == 0 else "+" if difference > 0 else MINUS
    return f"{sign}{text}"


def _digits(measure: Measure) -> int:
    return 1 if measure.better == "higher" else 2


def unit(measure: Measure) -> str:
    """What stands behind an amount, with its space: ` %`, ` nats` or nothing."""
    return {"fraction": " %", "": ""}.get(measure.unit, f" {measure.unit}")


def points(measure: Measure) -> str:
    """What stands behind a difference, with its space: ` points`, ` nats` or nothing."""
    return " points" if measure.unit == "fraction" else unit(measure)


def heading(name: str, measure: Measure) -> str:
    """`last, %`, `last, nats` or `last`."""
    return f"{name},{unit(measure)}" if measure.unit else name


def title(measure: Measure) -> str:
    """`Test accuracy`."""
    return measure.title[:1].upper() + measure.title[1:]


def extreme(measure: Measure) -> str:
    """`highest` or `lowest`: what the best is."""
    return "highest" if measure.better == "higher" else "lowest"


def beyond(measure: Measure) -> str:
    """`above` or `below`: where the better one lies."""
    return "above" if measure.better == "higher" else "below"


def short_of(measure: Measure) -> str:
    """`below` or `above`: where the worse one lies."""
    return "below" if measure.better == "higher" else "above"


def spread(summary: Summary, measure: Measure) -> str:
    """`93.1 ± 0.5 [92.5, 93.7]`, as far as it is known."""
    if summary.mean is None:
        return NOTHING
    if summary.std is None or summary.ci95 is None:
        return amount(summary.mean, measure)
    low, high = (amount(end, measure) for end in summary.ci95)
    return f"{amount(summary.mean, measure)} ± {amount(summary.std, measure)} [{low}, {high}]"


def difference(summary: Summary | None, measure: Measure) -> str:
    """`+20.7 [+19.9, +21.5]`, as far as it is known."""
    if summary is None or summary.mean is None:
        return NOTHING
    if summary.ci95 is None:
        return change(summary.mean, measure)
    low, high = (change(end, measure) for end in summary.ci95)
    return f"{change(summary.mean, measure)} [{low}, {high}]"


def probability(p: float | None) -> str:
    """`0.031`, `<0.001`."""
    if p is None:
        return NOTHING
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def trials(counts: TrialCounts) -> str:
    """`8`, or `8 (2 pruned, 1 failed)`."""
    early = ((counts.pruned, "pruned"), (counts.failed, "failed"))
    parts = [f"{number} {word}" for number, word in early if number]
    return f"{counts.total} ({', '.join(parts)})" if parts else str(counts.total)


def setting(value: Any) -> str:
    """A searched value, floats to four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def duration(seconds: float) -> str:
    """`42 s`, `12 min`, `3 h 05 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"


def listing(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
