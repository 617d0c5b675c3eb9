"""The report as Markdown, for a description in MLflow, an issue or a README: the answer and a table that is short."""

from __future__ import annotations

from collections.abc import Sequence

from sat_sweep.report.notices import notices
from sat_sweep.report.report import Report
from sat_sweep.report.rows import Row
from sat_sweep.report.told import labels, note
from sat_sweep.report.verdict import answer
from sat_sweep.report.wording import NOTHING, amount, heading, title


def markdown(report: Report) -> str:
    """The answer, reservations, and methods by conditions: mean ± standard deviation at the epoch that is judged."""
    names = labels(report)
    header = ["method", *report.conditions]
    lines = [[names[method], *_values(report, method)] for method in dict.fromkeys(row.method for row in report.rows)]
    what = (f"{heading(title(report.measure), report.measure)}, at the {report.judged_by} epoch: mean ± standard "
            f"deviation over {report.record.seeds or 'the'} seeds.")
    parts = [f"**{answer(report)}**", *notices(report), what, _table(header, lines), note(report)]
    return "\n\n".join(filter(None, parts)) + "\n"


def _table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    written = [header, ["---"] * len(header), *lines]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in written)


def _values(report: Report, method: str) -> list[str]:
    rows = {row.condition: row for row in report.rows if row.method == method}
    return [_value(report, rows.get(condition)) for condition in report.conditions]


def _value(report: Report, row: Row | None) -> str:
    summary = row.measured(report.judged_by).summary if row is not None else None
    if summary is None or summary.mean is None:
        return NOTHING
    spread = f" ± {amount(summary.std, report.measure)}" if summary.std is not None else ""
    return f"{amount(summary.mean, report.measure)}{spread}"
