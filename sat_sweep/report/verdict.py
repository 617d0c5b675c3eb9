"""The answer in sentences, no stronger than the intervals allow.

That one method lies beyond another, in the better direction of the measure, is said only where the 95 % interval of
the paired differences lies on one side of zero; and where that does not hold for all comparisons together, this too.
A method that is told more than others is compared with the best of these, and is never called the best itself.
"""

from __future__ import annotations

from sat_sweep.report.correction_wording import reservation
from sat_sweep.report.report import Report
from sat_sweep.report.rows import Row
from sat_sweep.report.statistics import Difference, Summary, paired
from sat_sweep.report.told import marked
from sat_sweep.report.wording import MINUS, amount, at, beyond, difference, extreme, listing, points, short_of, unit


def answer(report: Report) -> str:
    """The sentence for the condition with the most wrong labels that has a confirmed method."""
    confirmed = [condition for condition in report.conditions if any(row.seeds for row in report.at(condition))]
    if not confirmed:
        return "No study has been confirmed yet, so there is no answer."
    hardest = max(confirmed, key=lambda condition: (_wrong(report.at(condition)), confirmed.index(condition)))
    return sentence(report, hardest)


def _wrong(rows: list[Row]) -> float:
    return max((row.error_rate for row in rows if row.error_rate is not None), default=0.0)


def ranked(report: Report, condition: str) -> list[Row]:
    """The confirmed methods under one condition that are told the same, the best mean first."""
    means = {row.key: mean for row in report.equals if (mean := _summary(report, row).mean) is not None}
    rows = [row for row in report.at(condition) if row.key in means]
    return sorted(rows, key=lambda row: -report.measure.sign * means[row.key])


def not_separated(report: Report, condition: str) -> list[Row]:
    """The leader and every method that the data do not separate from it."""
    order = ranked(report, condition)
    return [row for row in order if row is order[0] or not _gap(report, order[0], row).excludes_zero]


def sentence(report: Report, condition: str) -> str:
    """What the data say under one condition."""
    order = ranked(report, condition)
    if not order:
        return f"{at(condition)}, no method has been confirmed yet."
    return " ".join([_among_equals(report, condition, order), *_told_more(report, condition, order[0])])


def _among_equals(report: Report, condition: str, order: list[Row]) -> str:
    leader, best = _named(report, order[0]), extreme(report.measure)
    confirmed = [row for row in report.at(condition) if _summary(report, row).mean is not None]
    reference = next((row for row in confirmed if row.method == report.baseline), None)
    if len(confirmed) == 1:
        return f"{at(condition)}, {leader} is the only method confirmed."
    if reference is None:
        return f"{at(condition)}, {leader} has the {best} mean; the baseline is not confirmed."
    if _summary(report, order[0]).ci95 is None:
        compared = "" if order[0] is reference else f", {_named(report, reference)}"
        return (f"{at(condition)}, {leader} has the {best} mean{compared}; "
                "with one seed there is no interval, so nothing is concluded.")
    return " ".join([_against_baseline(report, condition, order[0], reference), *_ties(report, condition, reference)])


def _against_baseline(report: Report, condition: str, leader: Row, reference: Row) -> str:
    ours, theirs = _named(report, leader), _named(report, reference)
    if leader is reference:
        return f"{at(condition)}, no method lies {beyond(report.measure)} {theirs}."
    gap = _gap(report, leader, reference)
    by = f"paired difference {difference(gap, report.measure)}{points(report.measure)}"
    if gap.excludes_zero:
        return f"{at(condition)}, {ours} {_lies(report, gap)} {theirs}: {by}.{reservation(report, leader)}"
    return f"{at(condition)}, the data do not separate {ours} from {theirs}: {by}."


def _ties(report: Report, condition: str, reference: Row) -> list[str]:
    leader, *others = not_separated(report, condition)
    tied = [row.method for row in others if row is not reference]
    return [f"Not separated from {leader.method}: {listing(tied)}."] if tied else []


def _told_more(report: Report, condition: str, leader: Row) -> list[str]:
    """Each confirmed method that is told more than the `leader`, beside it."""
    rows = [row for row in report.apart if row.condition == condition and row.seeds]
    each = [_beside(report, row, leader) for row in rows]
    return [f"Told more: {'; '.join(each)}."] if each else []


def _beside(report: Report, row: Row, leader: Row) -> str:
    gap, ours = _gap(report, row, leader), _named(report, row)
    if gap.ci95 is None:
        return ours
    lies = _lies(report, gap) if gap.excludes_zero else "is not separated from"
    return f"{ours} {lies} {leader.method} ({difference(gap, report.measure)}{points(report.measure)})"


def _lies(report: Report, gap: Difference) -> str:
    better = report.measure.sign * (gap.mean or 0.0) > 0
    return f"lies {beyond(report.measure) if better else short_of(report.measure)}"


def _named(report: Report, row: Row) -> str:
    summary, measure = _summary(report, row), report.measure
    value = f"{report.judged_by} {amount(summary.mean or 0.0, measure)}{unit(measure)}"
    if summary.ci95 is None:
        return f"{marked(row)} ({value})"
    low, high = (amount(end, measure) for end in summary.ci95)
    to = " to " if MINUS in low + high else "–"
    return f"{marked(row)} ({value}, 95 % CI {low}{to}{high})"


def _summary(report: Report, row: Row) -> Summary:
    return row.measured(report.judged_by).summary


def _gap(report: Report, ours: Row, theirs: Row) -> Difference:
    epoch = report.judged_by
    return paired(ours.measured(epoch).by_seed, theirs.measured(epoch).by_seed, report.measure.bounds)
