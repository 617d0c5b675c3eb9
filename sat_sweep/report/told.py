"""What a report makes of methods that are told more than others: a mark, a note, a rule above them, a paragraph.

Who is given trusted examples does not compete with who is not: such methods come last, are compared with the others,
and are never called the best of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sat_sweep.report.html import Html, element
from sat_sweep.report.report import Report
from sat_sweep.report.rows import Row
from sat_sweep.report.wording import listing

MARK = "†"
TRUSTED = "trusted examples"
"""As `methods.Need` has it in words."""
RULE = "border-top: 2px solid #5b636b; padding-top: 14px"


def marked(row: Row) -> str:
    """The method, `l2rw†` if it is told more than others."""
    return f"{row.method}{MARK}" if row.told else row.method


def labels(report: Report) -> dict[str, str]:
    """What each method is called in a figure."""
    return {row.method: marked(row) for row in report.rows}


def note(report: Report) -> str:
    """What the mark means here, and who has it for what; empty where nobody is told anything."""
    known: dict[str, list[str]] = {}
    for row in report.rows:
        for what in row.told:
            known.setdefault(what, []).append(row.method)
    each = [f"{what} ({', '.join(dict.fromkeys(methods))})" for what, methods in known.items()]
    return f"{MARK} told more than other methods: {'; '.join(each)}" if each else ""


def bodies(report: Report, body: Callable[[Sequence[Row]], Html], columns: int) -> list[Html]:
    """A table's rows as `body` makes them; those of methods that are told more below a rule across all `columns`."""
    if not report.apart:
        return [body(report.equals)]
    rule = element("th", note(report), colspan=columns, scope="rowgroup", style=RULE)
    return [body(report.equals), element("tbody", element("tr", rule)), body(report.apart)]


def paragraph(report: Report) -> str:
    """Who is told what, how much, and where that comes from; empty where nobody is told anything."""
    told = list(dict.fromkeys(marked(row) for row in report.rows if row.told))
    if not told:
        return ""
    what = listing(list(dict.fromkeys(what for row in report.rows for what in row.told)))
    many = len(told) > 1
    apart = f" {'They are' if many else 'It is'} compared with the others, but not ranked among them." \
        if report.apart else ""
    return f"{listing(told)} {'are' if many else 'is'} told more than other methods: {what}.{apart}" \
           f"{_trusted_set(report) if any(TRUSTED in row.told for row in report.rows) else ''}"


def _trusted_set(report: Report) -> str:
    size = report.block("dataset").get("trusted")
    count = "as many as `dataset.trusted` says under each condition" if "dataset.trusted" in report.varied \
        else f"{size:,}" if size else "an unknown number"
    return (f" The trusted examples ({count}) have their true labels. They are cut from the training set, by seed and "
            "stratified by true class; the other methods keep those examples with their noisy labels.")
