"""The answer in sentences, no stronger than the intervals allow.

"Above" is said only where the 95 % interval of the paired differences lies on one side of zero.
"""

from __future__ import annotations

from sat_sweep.report.model import Report, Row
from sat_sweep.report.statistics import Summary, paired
from sat_sweep.report.wording import difference, listing, percent


def answer(report: Report) -> str:
    """The sentence for the noise level with the most wrong labels that has a confirmed method."""
    confirmed = [noise for noise in report.levels if any(row.seeds for row in report.at(noise))]
    if not confirmed:
        return "No study has been confirmed yet, so there is no answer."
    hardest = max(confirmed, key=lambda noise: (_wrong(report.at(noise)), confirmed.index(noise)))
    return sentence(report, hardest)


def _wrong(rows: list[Row]) -> float:
    return max((row.error_rate for row in rows if row.error_rate is not None), default=0.0)


def ranked(report: Report, noise: str) -> list[Row]:
    """The confirmed methods at one noise level, the highest mean first."""
    rows = [row for row in report.at(noise) if _summary(report, row).mean is not None]
    return sorted(rows, key=lambda row: -(_summary(report, row).mean or 0.0))


def not_separated(report: Report, noise: str) -> list[Row]:
    """The leader and every method that the data do not separate from it."""
    order = ranked(report, noise)
    return [row for row in order if row is order[0] or not _gap(report, order[0], row).excludes_zero]


def sentence(report: Report, noise: str) -> str:
    """What the data say at one noise level."""
    order = ranked(report, noise)
    if not order:
        return f"At {noise} no method has been confirmed yet."
    reference = next((row for row in order if row.method == report.baseline), None)
    if len(order) == 1:
        return f"At {noise}, {_named(report, order[0])} is the only method confirmed."
    if reference is None:
        return f"At {noise}, {_named(report, order[0])} has the highest mean; the baseline is not confirmed."
    if _summary(report, order[0]).ci95 is None:
        return _on_one_seed(report, noise, order[0], reference)
    return " ".join([_against_baseline(report, noise, order, reference), *_ties(report, noise, reference)])


def _on_one_seed(report: Report, noise: str, leader: Row, reference: Row) -> str:
    compared = "" if leader is reference else f", {_named(report, reference)}"
    return (f"At {noise}, {_named(report, leader)} has the highest mean{compared}; "
            "with one seed there is no interval, so nothing is concluded.")


def _against_baseline(report: Report, noise: str, order: list[Row], reference: Row) -> str:
    leader = order[0]
    if leader is reference:
        return f"At {noise}, no method lies above {_named(report, reference)}."
    gap, ours, theirs = _gap(report, leader, reference), _named(report, leader), _named(report, reference)
    by = f"paired difference {difference(gap)} points"
    if gap.excludes_zero:
        return f"At {noise}, {ours} lies above {theirs}: {by}."
    return f"At {noise}, the data do not separate {ours} from {theirs}: {by}."


def _ties(report: Report, noise: str, reference: Row) -> list[str]:
    leader, *others = not_separated(report, noise)
    tied = [row.method for row in others if row is not reference]
    return [f"Not separated from {leader.method}: {listing(tied)}."] if tied else []


def _named(report: Report, row: Row) -> str:
    summary = _summary(report, row)
    accuracy = f"{report.judged_by} {percent(summary.mean or 0.0)} %"
    if summary.ci95 is None:
        return f"{row.method} ({accuracy})"
    low, high = map(percent, summary.ci95)
    return f"{row.method} ({accuracy}, 95 % CI {low}–{high})"


def _summary(report: Report, row: Row) -> Summary:
    return row.measure(report.judged_by).summary


def _gap(report: Report, ours: Row, theirs: Row) -> Summary:
    name = report.judged_by
    return paired(ours.measure(name).by_seed, theirs.measure(name).by_seed)
