"""Suspects as one page that needs nothing else: the worst first, then class by class."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from sat_sweep.report.html import Html, element, joined, section, table
from sat_sweep.suspects.curve import precision_recall_svg
from sat_sweep.suspects.findings import Findings
from sat_sweep.suspects.lines import lines_of
from sat_sweep.suspects.noise_rate import NoiseEstimate
from sat_sweep.suspects.pictures import picture
from sat_sweep.suspects.ranking import Ranking
from sat_sweep.suspects.wording import sentences, share, spaced

WORST, OF_CLASS = 24, 12
"""How many suspects are shown of all, and of each class."""
CONFUSIONS, MATRIX = 10, 20
"""So many of the commonest confusions are shown; a matrix of more classes than these is left to the JSON."""

STYLE = """
.suspects { display: grid; grid-template-columns: repeat(auto-fill, minmax(128px, 1fr)); gap: 16px; padding: 0; }
.suspects li { list-style: none; font-size: 13px; line-height: 1.4; margin: 0; overflow-wrap: anywhere; }
.suspects img { width: 112px; height: 112px; object-fit: contain; image-rendering: pixelated; display: block;
  background: var(--tint); margin-bottom: 4px; }
.suspects code { display: block; background: var(--tint); padding: 6px; margin-bottom: 4px; }
.suspects b { font-weight: 600; }
.suspects span { color: var(--soft); display: block; }
"""


def page(sweep: str, findings: Findings) -> str:
    """The whole page."""
    style = resources.files("sat_sweep.report").joinpath("page.css").read_text() + STYLE
    top = element("head", Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width">'),
                  element("title", f"{sweep} – suspects"), element("style", Html(style)))
    body = element("body", element("main", *_sections(sweep, findings)))
    return f"<!doctype html>\n{element('html', top, body, lang='en')}\n"


def _sections(sweep: str, findings: Findings) -> list[Html]:
    first, *further = sentences(findings)
    ranking = findings.rankings[0]
    seed = f" (labels as drawn for seed {ranking.draw.seeds[0]})" if len(findings.rankings) > 1 else ""
    return [
        joined(element("header", element("p", f"sat-sweep suspects, {findings.condition}"), element("h1", sweep)),
               element("p", first, class_="answer"), *(element("p", text) for text in further)),
        section(f"The most suspicious{seed}", _count(WORST, len(ranking.order)),
                _gallery(findings, ranking, ranking.order[:WORST].tolist())),
        section("By given label", *_classes(findings, ranking)),
        section("Which class is given for which", _matrix(findings)),
        section("How well wrong labels are found", _curve(findings)),
        section("How to read it", *(element("p", text) for text in READING)),
    ]


READING = (
    "The score of an example is the share of the others whose given label fits them better, averaged over two margins "
    "of that label and over the seeds: of its logit over the largest other one, averaged over all epochs (Pleiss et "
    "al. 2020), and of its mean probability. Examples that a seed was trained on and those that it held out are "
    "compared among themselves. No true label is read for it.",
    "“Sure” compares the suggested label with the given one by mean predicted probability, calibrated on the given "
    "labels of held-out examples (temperature scaling, Guo et al. 2017): 50 % is undecided. "
    "Objections count the confirmed trials, of all methods, that put another class above the given one on average.",
    "suspects.csv has every example, with its row in the data, and its file where it has one.",
)


def _count(shown: int, all_of_them: int) -> Html | None:
    """How many of all stand here, where not all do."""
    told = f"The first {shown} of {all_of_them:,}; suspects.csv has all."
    return element("p", told, class_="caption") if shown < all_of_them else None


def _classes(findings: Findings, ranking: Ranking) -> list[Html]:
    """A gallery for each given label, folded where there are many."""
    given, found = ranking.draw.given, []
    for label, name in enumerate(findings.dataset.class_names):
        of_class = [position for position in ranking.order.tolist() if given[position] == label]
        gallery = _gallery(findings, ranking, of_class[:OF_CLASS])
        found.append(element("details", element("summary", f"{name}: {len(of_class):,} examples"),
                             _count(OF_CLASS, len(of_class)), gallery,
                             open="" if len(findings.dataset.class_names) <= OF_CLASS else None))
    return found


def _gallery(findings: Findings, ranking: Ranking, positions: Sequence[int]) -> Html:
    lines = lines_of(findings, ranking, positions=positions)
    return element("ol", *(_suspect(findings, position, line)
                           for position, line in zip(positions, lines, strict=True)), class_="suspects")


def _suspect(findings: Findings, position: int, line: dict[str, object]) -> Html:
    where = line.get("file") or f"row {line['row']}"
    sure = f"{100 * float(str(line['sure'])):.0f} % sure, {line['objections']} of {line['witnesses']} object"
    truth = element("span", f"true: {line['true']}") if "true" in line else None
    rank = f"rank {line['rank']:,}" + (f", {line['part']} set" if "part" in line else "")
    return element("li", picture(findings.examples.image(position), f"{where}, given {line['given']}"),
                   element("b", f"{line['given']} → {line['suggested']}"),
                   element("span", rank), element("span", sure), element("span", where), truth)


def _matrix(findings: Findings) -> Html | None:
    noise, names = findings.noise, findings.dataset.class_names
    if noise is None:
        return None
    caption = element("p", "P(given label | true class) by confident learning on held-out examples, in %: the "
                           "commonest confusions with 95 % intervals over the seeds, and all means, rows being true "
                           "classes. Mistakes of the classifier are in it. suspects --json has every interval.",
                      class_="caption")
    return joined(_largest(noise, names), _cells(noise, names) if len(names) <= MATRIX else None, caption)


def _cells(noise: NoiseEstimate, names: Sequence[str]) -> Html:
    rows: list[list[object]] = [[name, *(f"{100 * (cell.mean or 0.0):.1f}" for cell in row)]
                                for name, row in zip(names, noise.transition, strict=True)]
    return table(["true", *names], rows)


def _largest(noise: NoiseEstimate, names: Sequence[str]) -> Html:
    """The commonest confusions."""
    confusions = [(cell.mean or 0.0, true, given, cell) for true, row in enumerate(noise.transition)
                  for given, cell in enumerate(row) if true != given]
    rows: list[list[object]] = [[names[true], names[given], share(cell)]
                                for _, true, given, cell in sorted(confusions, key=lambda each: -each[0])[:CONFUSIONS]]
    return table(["true", "given", "how often"], rows)


def _curve(findings: Findings) -> Html | None:
    quality = findings.quality
    if quality is None:
        return None
    rows: list[list[object]] = [[share(quality.everything), "a single seed", "all examples"],
                                [share(quality.held_out), "a single seed", "those held out"]]
    rows += [[share(summary), f"a single seed, cleanlab's {spaced(name)}", "those held out"]
             for name, summary in (quality.cleanlab or {}).items()]
    if together := quality.together:
        rows += [[f"{100 * recall:.1f} %", f"all seeds together{by}", of] for recall, by, of in (
            (together.everything, "", "all examples"), (together.held_out, "", "those held out"),
            *((recall, f", cleanlab's {spaced(name)}", "those held out")
              for name, recall in (together.cleanlab or {}).items()))]
    hint = None if quality.cleanlab else element("p", "With `pip install 'sat-sweep[labels]'` cleanlab stands beside.")
    return joined(table(["recall at the noise rate", "by", "of"], rows), hint,
                  element("figure", Html(precision_recall_svg(findings)),
                          element("figcaption", "As ever more examples are suspected: the share of wrong labels "
                                                "that is found, and the share of suspects that is wrong.")))
