"""Each method against the baseline under the same condition, corrected for the number of such comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sat_sweep.report.model import Report
from sat_sweep.report.rows import Epoch, Measured, Row
from sat_sweep.report.statistics import Bounds, holm, paired


def compared(report: Report) -> Report:
    """The report with each row's differences to the baseline under the same condition.

    Holm's correction is for all differences at the epoch that is judged, which conclusions are drawn from; those at
    the other epoch have no corrected p-value.
    """
    reference = {row.condition: row for row in report.rows if row.method == report.baseline}
    rows = [_against(row, reference.get(row.condition), report.measure.bounds) for row in report.rows]
    return replace(report, rows=_corrected(rows, report.judged_by))


def _against(row: Row, reference: Row | None, bounds: Bounds) -> Row:
    if reference is None or reference.method == row.method:
        return row
    return replace(row, last=_difference(row.last, reference.last, bounds),
                   best=_difference(row.best, reference.best, bounds))


def _difference(ours: Measured, theirs: Measured, bounds: Bounds) -> Measured:
    difference = paired(ours.by_seed, theirs.by_seed, bounds)
    return replace(ours, difference=difference) if difference.count else ours


def _corrected(rows: Sequence[Row], judged_by: Epoch) -> tuple[Row, ...]:
    tested = {index: difference for index, row in enumerate(rows)
              if (difference := row.measured(judged_by).difference) is not None and difference.p is not None}
    p_values = holm([difference.p for difference in tested.values() if difference.p is not None])
    known = dict(zip(tested, p_values, strict=True))
    return tuple(_with_p(row, judged_by, known[index]) if index in known else row for index, row in enumerate(rows))


def _with_p(row: Row, judged_by: Epoch, p_holm: float) -> Row:
    measured = row.measured(judged_by)
    assert measured.difference is not None
    measured = replace(measured, difference=replace(measured.difference, p_holm=p_holm))
    return replace(row, best=measured) if judged_by == "best" else replace(row, last=measured)
