"""The report for a terminal: plain text, so that it can be piped, pasted and read by a screen reader."""

from __future__ import annotations

from collections.abc import Sequence

from sat_sweep.report.correction_wording import comparisons, surviving
from sat_sweep.report.notices import notices
from sat_sweep.report.report import Report
from sat_sweep.report.rows import Row
from sat_sweep.report.told import marked, note
from sat_sweep.report.verdict import sentence
from sat_sweep.report.wording import NOTHING, difference, duration, points, probability, spread, title, trials, unit


def table_text(report: Report) -> str:
    """Table, sentences, reservations, cost."""
    equals, apart = ([_cells(report, row) for row in rows] for rows in (report.equals, report.apart))
    table = aligned(_header(report), equals, apart)
    sentences = "\n".join([*(sentence(report, condition) for condition in report.conditions), surviving(report)])
    notes = [f"Note: {text}" for text in notices(report)]
    heading = f"{report.sweep} ({report.state})"
    parts = [heading, table, note(report), _legend(report), sentences.strip(), *notes, _failures(report), _cost(report)]
    return "\n\n".join(part for part in parts if part)


def row_text(report: Report, row: Row) -> str:
    """The line of one study below the header, and what its numbers and its mark mean."""
    parts = [aligned(_header(report), [_cells(report, row)]), note(report) if row.told else "", _legend(report)]
    return "\n\n".join(filter(None, parts))


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]], apart: Sequence[Sequence[str]] = ()) -> str:
    """Columns as wide as their widest cell, two spaces apart; rows that stand `apart` below a rule of their own."""
    lines = [header, *rows, *apart]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    first, *others = ["  ".join(map(str.ljust, line, widths)) for line in lines]
    rule = "-" * len(first)
    below = [rule, *others[len(rows):]] if apart else []
    return "\n".join(line.rstrip() for line in [first, rule, *others[: len(rows)], *below])


def _legend(report: Report) -> str:
    measure = report.measure
    inside = f" in{unit(measure)}" if measure.unit else ""
    lower = " (lower is better)" if measure.better == "lower" else ""
    apart = f" in{points(measure)}" if measure.unit else ""
    tested = (f"; p of the {report.judged_by} epoch's difference by a paired t-test, corrected for "
              f"{comparisons(report)} (Holm)") if report.comparisons else ""
    return (f"{title(measure)}{inside}{lower}: mean ± standard deviation over seeds [95 % interval]; "
            f"differences to {report.baseline}{apart}, paired by seed{tested}.")


def _header(report: Report) -> list[str]:
    return [report.condition_word, "method", "last", "best", f"last vs {report.baseline}",
            f"best vs {report.baseline}", "p, Holm", "seeds", "trials"]


def _cells(report: Report, row: Row) -> list[str]:
    own, measure, tested = row.method == report.baseline, report.measure, row.measured(report.judged_by).difference
    gaps = [NOTHING if own else difference(each.difference, measure) for each in (row.last, row.best)]
    return [row.condition, marked(row), spread(row.last.summary, measure), spread(row.best.summary, measure), *gaps,
            probability(tested.p_holm if tested else None), str(row.seeds), trials(row.trials)]


def _failures(report: Report) -> str:
    failures = [failure for row in report.rows for failure in row.failures]
    return "\n".join(["Failed trials:", *(f"  {failure}" for failure in failures)]) if failures else ""


def _cost(report: Report) -> str:
    compute = report.compute
    return (f"{compute.epochs_trained} epochs trained for {compute.epochs_requested} requested, "
            f"in {duration(compute.seconds)}.")
