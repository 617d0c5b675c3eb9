"""What holds for all comparisons of a table together, in words."""

from __future__ import annotations

from sat_sweep.report.report import Report
from sat_sweep.report.rows import Row
from sat_sweep.report.told import marked
from sat_sweep.report.wording import listing, probability

METHOD = "Holm's correction"


def comparisons(report: Report) -> str:
    """`1 comparison`, `6 comparisons`: how many the table has at the epoch that is judged."""
    count = len(report.comparisons)
    return f"{count} comparison{'' if count == 1 else 's'}"


def surviving(report: Report) -> str:
    """Which differences to the baseline hold for all comparisons of the table together; empty if there are none."""
    compared = report.comparisons
    survivors = [(row, difference) for row, difference in compared if difference.survives]
    worse = [row for row, difference in survivors if report.measure.sign * (difference.mean or 0.0) < 0]
    what = f"{comparisons(report)} with {report.baseline} ({report.judged_by} epoch)"
    if not compared:
        return ""
    if len(survivors) == len(compared) > 1 and not worse:
        return f"All {what} survive {METHOD} at 5 %."
    words = {condition: [f"{marked(row)} (worse)" if row in worse else marked(row) for row, _ in survivors
                         if row.condition == condition] for condition in report.conditions}
    found = "; ".join(f"{listing(methods)} at {condition}" for condition, methods in words.items() if methods)
    survive = "survive" if len(survivors) > 1 else "survives"
    return f"Of {what}, {len(survivors) or 'none'} {survive} {METHOD} at 5 %{': ' if found else ''}{found}."


def reservation(report: Report, row: Row) -> str:
    """That the difference of `row` does not survive, with a space before it; empty if it does."""
    difference = row.measured(report.judged_by).difference
    if difference is None or difference.survives:
        return ""
    p = probability(difference.p_holm)
    return f" It does not survive {METHOD} for {comparisons(report)} (corrected p {p})."
