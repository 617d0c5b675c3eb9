"""The tables of the page: methods within noise levels."""

from __future__ import annotations

from sat_sweep.report.html import Html, element, framed, head, joined
from sat_sweep.report.model import Report, Row
from sat_sweep.report.palette import looks
from sat_sweep.report.statistics import Summary
from sat_sweep.report.verdict import not_separated, ranked
from sat_sweep.report.wording import NOTHING, difference, percent, trials


def results_table(report: Report) -> Html:
    """Everything that design and honesty ask to be shown together."""
    base = report.baseline
    names = ["noise", "method", "last, %", "best, %", f"last − {base}", f"best − {base}", "seeds",
             "search trials"]
    levels = [_level(report, noise) for noise in report.levels]
    caption = (f"Test accuracy: mean ± standard deviation over seeds [95 % interval]. Differences to {base} "
               "in percentage points, paired by seed [95 % interval]. Bold: the highest mean at a level "
               f"({report.judged_by} epoch) and all that the data do not separate from it.")
    return joined(framed(head(names), *levels), element("p", caption, class_="caption"))


def _level(report: Report, noise: str) -> Html:
    rows = report.at(noise)
    leaders = not_separated(report, noise) if len(ranked(report, noise)) > 1 else []
    title = joined(noise, _error_rate(rows))
    lines = [element("tr", element("th", title, scope="rowgroup", rowspan=len(rows)) if index == 0 else None,
                     *_cells(report, row, row in leaders)) for index, row in enumerate(rows)]
    return element("tbody", *lines, class_="level")


def _error_rate(rows: list[Row]) -> Html | None:
    rate = next((row.error_rate for row in rows if row.error_rate is not None), None)
    if rate is None:
        return None
    return joined(Html("<br>"), element("span", f"{percent(rate)} % wrong", class_="spread"))


def _cells(report: Report, row: Row, leads: bool) -> list[Html]:
    own = row.method == report.baseline
    name = joined(_swatch(report, row.method), element("b", row.method) if leads else row.method)
    accuracies = [_accuracy(row.measure(measure).summary, bold=leads and measure == report.judged_by)
                  for measure in ("last", "best")]
    gaps = ["baseline" if own else difference(measure.difference) for measure in (row.last, row.best)]
    return [element("td", cell) for cell in (name, *accuracies, *gaps, _seeds(row), trials(row.trials))]


def _swatch(report: Report, method: str) -> Html:
    colour = looks(report.methods, report.baseline)[method].colour
    return element("span", class_="swatch", style=f"background:{colour}")


def _accuracy(summary: Summary, bold: bool) -> Html:
    if summary.mean is None:
        return Html(NOTHING)
    mean = element("b", percent(summary.mean)) if bold else Html(percent(summary.mean))
    if summary.std is None or summary.ci95 is None:
        return mean
    low, high = map(percent, summary.ci95)
    return joined(mean, element("span", f" ± {percent(summary.std)} [{low}, {high}]", class_="spread"))


def _seeds(row: Row) -> str:
    return f"{row.seeds} ({row.confirmed.failed} failed)" if row.confirmed.failed else str(row.seeds)


def seeds_table(report: Report) -> Html:
    """The test accuracy of every seed, last and best, in percent."""
    seeds = sorted({seed for row in report.rows for seed in row.last.by_seed})
    names = ["noise", "method", "epoch", *(f"seed {seed}" for seed in seeds)]
    lines = [_seed_line(row, name, seeds) for row in report.rows for name in ("last", "best")
             if row.measure(name).by_seed]
    return framed(head(names), element("tbody", *lines))


def _seed_line(row: Row, name: str, seeds: list[int]) -> Html:
    by_seed = row.measure(name).by_seed
    values = [percent(by_seed[seed]) if seed in by_seed else NOTHING for seed in seeds]
    return element("tr", *(element("td", cell) for cell in (row.noise, row.method, name, *values)))
