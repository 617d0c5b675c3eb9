"""The report as one HTML file that needs nothing else: no network, no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import resources

from sat_sweep.report.axis import against
from sat_sweep.report.correction_wording import surviving
from sat_sweep.report.html import Html, bullets, element, framed, head, joined, lines, section, table
from sat_sweep.report.learnt.section import learnt_section
from sat_sweep.report.notices import notices
from sat_sweep.report.palette import MANY
from sat_sweep.report.protocol import protocol
from sat_sweep.report.report import Report
from sat_sweep.report.results_table import further_table, results_table, seeds_table
from sat_sweep.report.rows import Row
from sat_sweep.report.told import bodies, marked
from sat_sweep.report.verdict import answer, sentence
from sat_sweep.report.wording import NOTHING, amount, duration, heading, percent, setting, title

CURVES_CAPTION = "Mean over confirmed seeds, one standard deviation around."
MEMORISED_CAPTION = (
    " Memorised: share of wrongly labelled training examples predicted as their wrong label; seen through: share "
    "predicted as their true label."
)

MEASURED_CAPTION = "Means over confirmed seeds on test examples, with 95 % intervals, at the epoch that is judged."

RULED = " Below the rule: methods that are told more than the others."
DASHED = " Dashed lines with open marks: methods that are told more than the others."


def page(report: Report, robustness: str, curves: Mapping[str, Sequence[str]],
         learnt: Mapping[str, Sequence[str]], measured: Mapping[str, Sequence[str]]) -> str:
    """The whole page of SVG elements: `robustness`, `curves` by condition, `learnt` by method, `measured` by title."""
    style = resources.files("sat_sweep.report").joinpath("page.css").read_text()
    head = element("head", Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width">'),
                   element("title", f"{report.sweep} – sat-sweep report"), element("style", Html(style)))
    body = element("body", element("main", *_sections(report, robustness, curves, learnt, measured)))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _sections(report: Report, robustness: str, curves: Mapping[str, Sequence[str]],
              learnt: Mapping[str, Sequence[str]], measured: Mapping[str, Sequence[str]]) -> list[Html]:
    return [
        _top(report),
        section("Robustness", _figure(robustness, _robustness_caption(report))),
        section("Results", results_table(report), further_table(report),
                element("details", element("summary", "Every seed"), seeds_table(report))),
        *(section(title, *(_figure(drawing, MEASURED_CAPTION) for drawing in drawings))
          for title, drawings in measured.items()),
        section("Learning and memorisation",
                *(_curves(report, condition, drawings) for condition, drawings in curves.items())),
        section("Winning settings", _settings(report)),
        section("What the search has learnt", *learnt_section(report, learnt)),
        section("How it was judged", *(element("p", text) for text in protocol(report))),
        section("Failures", _failures(report)),
        section("Compute", _compute(report)),
        section("Provenance", _provenance(report)),
    ]


def _top(report: Report) -> Html:
    headline = answer(report)
    others = [text for condition in report.conditions if (text := sentence(report, condition)) != headline]
    when = f", created {_date(report.record.created)}" if report.record.created else ""
    return joined(
        element("header", element("p", f"sat-sweep report, state: {report.state}{when}"),
                element("h1", report.sweep)),
        element("p", headline, class_="answer"),
        *(element("p", text, class_="notice") for text in notices(report)),
        bullets([*others, *filter(None, [surviving(report)])]),
    )


def _figure(drawing: str, caption: str) -> Html:
    return element("figure", Html(drawing), element("figcaption", caption))


def _robustness_caption(report: Report) -> str:
    if len(report.methods) > MANY:
        return (f"{title(report.measure)} of each study's winner, from the best to the worst by their mean over all "
                "conditions: means of the last epoch with 95 % intervals, rings at the best epoch. What lies far off "
                f"stands at the edge as an arrow.{RULED if report.apart else ''}")
    return (f"{title(report.measure)} of each study's winner against {against(report)}. Marks are means with 95 % "
            "intervals, faint dots are single seeds; methods are drawn slightly apart so that intervals can be seen."
            f"{DASHED if report.apart else ''}")


def _curves(report: Report, condition: str, drawings: Sequence[str]) -> Html:
    """Folded where there are many methods: then each condition has several figures."""
    some_are_wrong = any(row.error_rate for row in report.at(condition))
    caption = CURVES_CAPTION + (MEMORISED_CAPTION if some_are_wrong else "")
    if len(drawings) == 1:
        return joined(element("h3", condition), _figure(drawings[0], caption))
    figures = (_figure(drawing, caption) for drawing in drawings)
    methods = f"{condition}: {len(report.methods)} methods, from the best to the worst"
    return element("details", element("summary", methods), *figures)


def _settings(report: Report) -> Html:
    selection = report.selection
    names = [report.condition_word, "method", "settings", heading(f"{selection.title} in search", selection)]

    def body(rows: Sequence[Row]) -> Html:
        return lines([[row.condition, marked(row), _chips(row), NOTHING if row.score is None else
                       amount(row.score, selection)] for row in rows])

    return joined(framed(head(names), *bodies(report, body, len(names)), class_="flow settings"),
                  element("p", "What the search found best; everything else is as in the space file below.",
                          class_="caption"))


def _chips(row: Row) -> Html:
    chips = [element("code", f"{name} = {setting(value)}") for name, value in row.settings.items()]
    return joined(*chips) if chips else Html("nothing to search" if row.seeds else NOTHING)


def _failures(report: Report) -> Html:
    failures = [failure for row in report.rows for failure in row.failures]
    if not failures:
        return element("p", "No trial failed.")
    if len(failures) <= 10:
        return bullets(failures)
    return element("details", element("summary", f"{len(failures)} trials failed"), bullets(failures))


def _compute(report: Report) -> Html:
    compute = report.compute
    spared = 1 - compute.epochs_trained / compute.epochs_requested if compute.epochs_requested else 0.0
    at_once = compute.trial_seconds / compute.seconds if compute.seconds else 0.0
    header = ["epochs requested", "epochs trained", "spared by sharing", "first to last", "all trials summed",
              "trials at once, on average"]
    return table(header, [[compute.epochs_requested, compute.epochs_trained, f"{percent(spared)} %",
                           duration(compute.seconds), duration(compute.trial_seconds), f"{at_once:.1f}"]])


def _provenance(report: Report) -> Html:
    data, known = report.record.data, dict[str, object](report.record.versions)
    if data is not None:
        known |= {"data fingerprint": data.fingerprint, "train examples": data.train, "test examples": data.test}
    rows: list[list[object]] = [[name, element("code", value)] for name, value in known.items() if value]
    text = element("pre", element("code", report.space_text)) if report.space_text else None
    return joined(table(["what", "which"], rows, class_="flow"), element("h3", "Space file"), text)


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
