"""The part of the page that says what the searches have learnt: a fold for each method, with figures and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from sat_sweep.report.html import Html, element, joined, table
from sat_sweep.report.learnt.method import Learnt
from sat_sweep.report.learnt.study import LearntStudy
from sat_sweep.report.report import Report
from sat_sweep.report.told import labels
from sat_sweep.report.wording import NOTHING, amount, change, extreme, heading, percent, points, setting, trials

MOST_OPEN = 3
"""Of more methods than these all are folded."""
MOST_LINES = 200
"""Tables of more trials than these are left to report.json."""
ROUGH = 50
"""Importances from fewer trials are called rough."""

HOW_TO_READ = (
    "Nothing here had a part in any choice. Scores are {score}, less that of the study's winner (ring); crosses are "
    "trials that were pruned, with what they had by then. The heat map has the two most important settings: cells by "
    "the mean rank of their trials in their studies, all conditions together, pruned ones left out. Below: the "
    "winner's settings by condition, grey dots the best quarter of the trials; where these spread widely, the setting "
    "hardly matters. Importance: what share each setting has in whether a complete trial is among the best of its "
    "study (PED-ANOVA, the mean over studies where they have ten such trials or more, else over all together)."
)
ORACLE = (
    "What choosing by noisy labels cost, by {answer} at the {epoch} epoch in the search (one seed). Untuned: the "
    "median of all complete trials, which is what settings drawn blindly come to; no trial ran at default settings. "
    "Tuned: the trial that noisy validation labels chose. Oracle: the best trial by test labels, which nobody could "
    "have chosen; it is here because diagnostics were on, and it is an answer to nothing else."
)


def learnt_section(report: Report, drawings: Mapping[str, Sequence[str]]) -> list[Html | None]:
    """All of it, with `drawings` (SVG elements) by method; empty where nothing was searched."""
    if not report.learnt:
        return []
    folds = [_fold(report, learnt, drawings.get(learnt.method, ())) for learnt in report.learnt]
    caption = HOW_TO_READ.format(score=report.selection.title)
    return [element("p", caption, class_="caption"), _costs(report), *folds]


def _fold(report: Report, learnt: Learnt, drawings: Sequence[str]) -> Html:
    figures = [element("figure", element("div", Html(drawing), class_="wide panels")) for drawing in drawings]
    return element("details", element("summary", _summary(report, learnt)), *figures, _settings(learnt),
                   _winners(report, learnt), _costs_by_condition(report, learnt), _every_trial(report, learnt),
                   open="" if len(report.learnt) <= MOST_OPEN else None)


def _summary(report: Report, learnt: Learnt) -> str:
    tried = [trial for study in learnt.studies for trial in study.trials]
    complete = len(learnt.ranked)
    rough = f", a rough estimate from {complete} complete ones" if complete < ROUGH else ""
    shares = [f"{name} {percent(share, 0)} %" for name, share in learnt.importances.items()][:3]
    decided = f"; importance: {', '.join(shares)}{rough}" if len(learnt.settings) > 1 and shares else ""
    return f"{labels(report)[learnt.method]}: {len(tried)} trials{decided}"


def _settings(learnt: Learnt) -> Html:
    shares = learnt.importances
    lines: list[list[object]] = [[element("code", each.name), each.range,
                                  f"{percent(shares[each.name], 0)} %" if shares else NOTHING]
                                 for each in learnt.by_importance]
    return table(["setting", "searched", "importance"], lines, class_="flow")


def _winners(report: Report, learnt: Learnt) -> Html:
    """The best settings by condition, for who cannot see the figure."""
    names = [each.name for each in learnt.settings]
    header = [report.condition_word, *(f"best {name}" for name in names),
              heading(f"{extreme(report.selection)} score", report.selection), "found by trial", "trials"]
    return table(header, [_winner(report, study, names) for study in learnt.studies])


def _winner(report: Report, study: LearntStudy, names: Sequence[str]) -> list[object]:
    winner = study.winner
    if winner is None or winner.score is None:
        return [study.row.condition, *(NOTHING for _ in names), NOTHING, NOTHING, trials(study.row.trials)]
    return [study.row.condition, *(setting(winner.settings.get(name, NOTHING)) for name in names),
            amount(winner.score, report.selection), winner.number + 1, trials(study.row.trials)]


def _every_trial(report: Report, learnt: Learnt) -> Html:
    names, count = [each.name for each in learnt.settings], sum(len(study.trials) for study in learnt.studies)
    if count > MOST_LINES:
        return element("p", f"All {count} trials are in report.json, under “search”.", class_="caption")
    lines: list[list[object]] = [
        [study.row.condition, trial.number + 1, trial.state,
         NOTHING if trial.score is None else amount(trial.score, report.selection),
         *(setting(trial.settings.get(name, NOTHING)) for name in names)]
        for study in learnt.studies for trial in study.trials]
    header = [report.condition_word, "trial", "state", heading("score", report.selection), *names]
    return element("details", element("summary", "Every trial"), table(header, lines))


def _costs(report: Report) -> Html | None:
    """What tuning by noisy labels cost on average, where the search has read test labels."""
    known = [cost for learnt in report.learnt for study in learnt.studies if (cost := study.tuning_cost) is not None]
    if not known:
        return None
    measure = report.measure
    gained, lost = (fmean(cost.tuned - getattr(cost, other) for cost in known) for other in ("untuned", "oracle"))
    mean = (f"On average over {len(known)} studies: tuned less untuned {change(gained, measure)}{points(measure)}, "
            f"tuned less oracle {change(lost, measure)}{points(measure)}.")
    caption = ORACLE.format(answer=measure.title, epoch=report.judged_by)
    return joined(element("h3", "What honest tuning cost"), element("p", mean),
                  element("p", caption, class_="caption"))


def _costs_by_condition(report: Report, learnt: Learnt) -> Html | None:
    known = [(study, cost) for study in learnt.studies if (cost := study.tuning_cost) is not None]
    if not known:
        return None
    measure = report.measure
    header = [report.condition_word, *(heading(name, measure) for name in ("untuned", "tuned", "oracle")),
              f"tuned − untuned,{points(measure)}", f"tuned − oracle,{points(measure)}"]
    lines: list[list[object]] = [
        [study.row.condition, *(amount(value, measure) for value in (cost.untuned, cost.tuned, cost.oracle)),
         change(cost.tuned - cost.untuned, measure), change(cost.tuned - cost.oracle, measure)]
        for study, cost in known]
    return table(header, lines)
