"""The report as Markdown, for a description in MLflow, an issue or a README: the answer and a table that is short."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sat_sweep.report.notices import notices
from sat_sweep.report.report import Report
from sat_sweep.report.statistics import Summary
from sat_sweep.report.told import labels, marked, note
from sat_sweep.report.verdict import answer
from sat_sweep.report.wording import NOTHING, amount, heading, title

if TYPE_CHECKING:
    from sat_sweep.tasks import Measure


def markdown(report: Report) -> str:
    """The answer, reservations, and methods by conditions: mean ± standard deviation at the epoch that is judged.

    Below it what else was measured of the test part, a row for each study.
    """
    names = labels(report)
    header = ["method", *report.conditions]
    lines = [[names[method], *_values(report, method)] for method in dict.fromkeys(row.method for row in report.rows)]
    what = (f"{heading(title(report.measure), report.measure)}, at the {report.judged_by} epoch: mean ± standard "
            f"deviation over {report.record.seeds or 'the'} seeds.")
    parts = [f"**{answer(report)}**", *notices(report), what, _table(header, lines), note(report),
             _further(report)]
    return _TAG.sub("&lt;", "\n\n".join(filter(None, parts))) + "\n"


_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
"""What begins a tag for whoever shows Markdown as a page; we write none, so a name or an error has brought it."""


def _further(report: Report) -> str:
    measures = report.measured_further
    if not measures:
        return ""
    header = [report.condition_word, "method", *(heading(each.title, each) for each in measures)]
    lines = [[row.condition, marked(row), *(_value(row.further.get(each.name), each) for each in measures)]
             for row in report.rows]
    return f"What else was measured, likewise:\n\n{_table(header, lines)}"


def _table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    written = [header, ["---"] * len(header), *lines]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in written)


def _values(report: Report, method: str) -> list[str]:
    rows = {row.condition: row for row in report.rows if row.method == method}
    found = (rows.get(condition) for condition in report.conditions)
    return [_value(row.measured(report.judged_by).summary if row else None, report.measure) for row in found]


def _value(summary: Summary | None, measure: Measure) -> str:
    if summary is None or summary.mean is None:
        return NOTHING
    spread = f" ± {amount(summary.std, measure)}" if summary.std is not None else ""
    return f"{amount(summary.mean, measure)}{spread}"
