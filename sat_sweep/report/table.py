"""The report for a terminal: plain text, so that it can be piped, pasted and read by a screen reader."""

from __future__ import annotations

from collections.abc import Sequence

from sat_sweep.report.model import Report, Row
from sat_sweep.report.notices import notices
from sat_sweep.report.verdict import sentence
from sat_sweep.report.wording import NOTHING, accuracy, difference, duration, trials


def table_text(report: Report) -> str:
    """Table, sentences, reservations, cost."""
    legend = ("Test accuracy in %: mean ± standard deviation over seeds [95 % interval]; "
              f"differences to {report.baseline} in points, paired by seed.")
    table = aligned(_header(report), [_cells(report, row) for row in report.rows])
    sentences = "\n".join(sentence(report, noise) for noise in report.levels)
    notes = [f"Note: {text}" for text in notices(report)]
    title = f"{report.sweep} ({report.state})"
    parts = [title, table, legend, sentences, *notes, _failures(report), _cost(report)]
    return "\n\n".join(part for part in parts if part)


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, two spaces apart."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    first, *others = ["  ".join(map(str.ljust, line, widths)) for line in lines]
    return "\n".join(line.rstrip() for line in [first, "-" * len(first), *others])


def _header(report: Report) -> list[str]:
    return ["noise", "method", "last", "best", f"last vs {report.baseline}", f"best vs {report.baseline}",
            "seeds", "trials"]


def _cells(report: Report, row: Row) -> list[str]:
    own = row.method == report.baseline
    gaps = [NOTHING if own else difference(measure.difference) for measure in (row.last, row.best)]
    return [row.noise, row.method, accuracy(row.last.summary), accuracy(row.best.summary), *gaps,
            str(row.seeds), trials(row.trials)]


def _failures(report: Report) -> str:
    failures = [failure for row in report.rows for failure in row.failures]
    return "\n".join(["Failed trials:", *(f"  {failure}" for failure in failures)]) if failures else ""


def _cost(report: Report) -> str:
    compute = report.compute
    return (f"{compute.epochs_trained} epochs trained for {compute.epochs_requested} requested, "
            f"in {duration(compute.seconds)}.")
