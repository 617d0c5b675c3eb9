"""Each method against the baseline under the same condition, corrected for the number of such comparisons."""

from __future__ import annotations

from dataclasses import replace

from sat_sweep.report.report import Report
from sat_sweep.report.rows import Epoch, Measured, Row
from sat_sweep.report.statistics import Bounds, Difference, holm, paired


def compared(report: Report) -> Report:
    """The report with each row's differences to the baseline under the same condition.

    Holm's correction is for all differences at the epoch that is judged, which conclusions are drawn from; those at
    the other epoch have no corrected p-value.
    """
    reference = {row.condition: row for row in report.rows if row.method == report.baseline}
    against = replace(report, rows=tuple(_against(row, reference.get(row.condition), report.measure.bounds)
                                         for row in report.rows))
    p_values = holm([difference.p for _, difference in against.comparisons if difference.p is not None])
    corrected = {row.key: _with_p(row, report.judged_by, replace(difference, p_holm=p_holm))
                 for (row, difference), p_holm in zip(against.comparisons, p_values, strict=True)}
    return replace(report, rows=tuple(corrected.get(row.key, row) for row in against.rows))


def _against(row: Row, reference: Row | None, bounds: Bounds) -> Row:
    if reference is None or reference.method == row.method:
        return row
    return replace(row, last=_difference(row.last, reference.last, bounds),
                   best=_difference(row.best, reference.best, bounds))


def _difference(ours: Measured, theirs: Measured, bounds: Bounds) -> Measured:
    difference = paired(ours.by_seed, theirs.by_seed, bounds)
    return replace(ours, difference=difference) if difference.count else ours


def _with_p(row: Row, epoch: Epoch, difference: Difference) -> Row:
    measured = replace(row.measured(epoch), difference=difference)
    return replace(row, best=measured) if epoch == "best" else replace(row, last=measured)
