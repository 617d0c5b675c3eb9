"""The tables of the page: methods within conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from sat_sweep.report.correction_wording import comparisons
from sat_sweep.report.html import Html, element, framed, head, joined
from sat_sweep.report.palette import looks
from sat_sweep.report.report import Report
from sat_sweep.report.rows import Epoch, Row
from sat_sweep.report.statistics import Summary
from sat_sweep.report.told import bodies, marked
from sat_sweep.report.verdict import not_separated, ranked
from sat_sweep.report.wording import (
    NOTHING,
    amount,
    difference,
    extreme,
    heading,
    percent,
    points,
    probability,
    spread,
    title,
    trials,
)

EPOCHS: tuple[Epoch, ...] = get_args(Epoch)


def results_table(report: Report) -> Html:
    """Everything that design and honesty ask to be shown together."""
    base, measure = report.baseline, report.measure
    names = [report.condition_word, "method", *(heading(epoch, measure) for epoch in EPOCHS), "last − best",
             *(f"{epoch} − {base}" for epoch in EPOCHS), "p, Holm", "seeds", "search trials"]

    def groups(rows: Sequence[Row]) -> Html:
        by_condition = [[row for row in rows if row.condition == condition] for condition in report.conditions]
        return joined(*(_group(report, group) for group in by_condition if group))

    table = framed(head(names), *bodies(report, groups, len(names)))
    return joined(table, element("p", _caption(report), class_="caption"))


def _caption(report: Report) -> str:
    measure, place = report.measure, "condition" if report.varied else "level"
    lower = " (lower is better)" if measure.better == "lower" else ""
    apart = " in percentage points" if measure.unit == "fraction" else f" in{points(measure)}" if measure.unit else ""
    tested = (f"p: paired t-test of the {report.judged_by} epoch's difference, corrected for {comparisons(report)} "
              "by Holm's method. ") if report.comparisons else ""
    return (f"{title(measure)}{lower}: mean ± standard deviation over seeds [95 % interval]. Differences, of "
            f"last to best and to {report.baseline}{apart}, paired by seed [95 % interval]. {tested}Bold: the "
            f"{extreme(measure)} mean at a {place} ({report.judged_by} epoch) and all that the data do not separate "
            f"from it{', among methods that are told no more than others' if report.apart else ''}.")


def _group(report: Report, rows: list[Row]) -> Html:
    """The `rows` of one condition."""
    condition = rows[0].condition
    leaders = not_separated(report, condition) if len(ranked(report, condition)) > 1 else []
    lines = [element("tr", element("th", _name(rows), scope="rowgroup", rowspan=len(rows)) if index == 0 else None,
                     *_cells(report, row, row in leaders)) for index, row in enumerate(rows)]
    return element("tbody", *lines, class_="level")


def _name(rows: list[Row]) -> Html:
    """The noise level, and in lines of their own what else is special here and the share of wrong labels."""
    rate = next((row.error_rate for row in rows if row.error_rate is not None), None)
    below = [f"{path}={value}" for path, value in rows[0].vary.items()]
    below += [] if rate is None else [f"{percent(rate)} % wrong"]
    return joined(rows[0].noise, *(joined(Html("<br>"), element("span", text, class_="spread")) for text in below))


def _cells(report: Report, row: Row, leads: bool) -> list[Html]:
    own, tested = row.method == report.baseline, row.measured(report.judged_by).difference
    name = joined(_swatch(report, row.method), element("b", marked(row)) if leads else marked(row))
    values = [_value(report, row.measured(epoch).summary, bold=leads and epoch == report.judged_by)
              for epoch in EPOCHS]
    lost = difference(row.gap, report.measure)
    gaps = ["baseline" if own else difference(row.measured(epoch).difference, report.measure) for epoch in EPOCHS]
    p = probability(tested.p_holm if tested else None)
    return [element("td", cell) for cell in (name, *values, lost, *gaps, p, _seeds(row), trials(row.trials))]


def _swatch(report: Report, method: str) -> Html:
    colour = looks(report.methods, report.baseline)[method].colour
    return element("span", class_="swatch", style=f"background:{colour}")


def _value(report: Report, summary: Summary, bold: bool) -> Html:
    """The mean, bold or not, and its spread behind it in grey."""
    if summary.mean is None:
        return Html(NOTHING)
    mean = amount(summary.mean, report.measure)
    behind = spread(summary, report.measure).removeprefix(mean)
    return joined(element("b", mean) if bold else mean, element("span", behind, class_="spread") if behind else None)


def _seeds(row: Row) -> str:
    return f"{row.seeds} ({row.confirmed.failed} failed)" if row.confirmed.failed else str(row.seeds)


def seeds_table(report: Report) -> Html:
    """The value of every seed, last and best."""
    seeds = sorted({seed for row in report.rows for seed in row.last.by_seed})
    names = [report.condition_word, "method", "epoch", *(f"seed {seed}" for seed in seeds)]

    def body(rows: Sequence[Row]) -> Html:
        return element("tbody", *(_seed_line(report, row, epoch, seeds) for row in rows for epoch in EPOCHS
                                  if row.measured(epoch).by_seed))

    return framed(head(names), *bodies(report, body, len(names)))


def _seed_line(report: Report, row: Row, epoch: Epoch, seeds: list[int]) -> Html:
    by_seed = row.measured(epoch).by_seed
    values = [amount(by_seed[seed], report.measure) if seed in by_seed else NOTHING for seed in seeds]
    return element("tr", *(element("td", cell) for cell in (row.condition, marked(row), epoch, *values)))


def further_table(report: Report) -> Html | None:
    """The task's other test measures, at the epoch that is judged; None where nothing more was measured."""
    measures = report.measured_further
    if not measures:
        return None
    names = [report.condition_word, "method", *(heading(each.title, each) for each in measures)]

    def line(row: Row) -> Html:
        values = (spread(row.further[each.name], each) if each.name in row.further else NOTHING for each in measures)
        return element("tr", *(element("td", cell) for cell in (row.condition, marked(row), *values)))

    return framed(head(names), *bodies(report, lambda rows: element("tbody", *map(line, rows)), len(names)))
