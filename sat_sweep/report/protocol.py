"""How the methods were judged, in sentences made from the space file."""

from __future__ import annotations

from typing import Any

from sat_sweep.report.correction_wording import comparisons
from sat_sweep.report.report import Report
from sat_sweep.report.told import paragraph
from sat_sweep.report.wording import beyond, extreme, listing


def protocol(report: Report) -> list[str]:
    """A paragraph per stage; what the space file does not tell is left out."""
    return [text for text in (_budget(report), paragraph(report), _selection(report), _confirmation(report),
                              _measures(report), _intervals(report), _correction(report)) if text]


def _budget(report: Report) -> str:
    search, epochs = report.block("search"), report.block("training").get("epochs", "?")
    trials = max((study.trials for study in report.record.studies), default="?")
    varied = f" and one value of {listing(report.varied)}" if report.varied else ""
    place = "under every condition" if varied else "at every level"
    return (f"A study is one method at one noise level{varied}. Every study had the same budget, {trials} trials of "
            f"{epochs} epochs, and for a method the same search space {place}; a method with nothing "
            f"to search ran one trial. Sampler: {search.get('sampler', 'unknown')}, asked in batches of "
            f"{search.get('batch', '?')}; {_pruning(search.get('pruner'))}.")


def _pruning(pruner: Any) -> str:
    name = pruner.get("name") if isinstance(pruner, dict) else pruner
    if name in (None, "none"):
        return "no trial was stopped early"
    return f"hopeless trials were stopped early ({name})"


def _selection(report: Report) -> str:
    from sat_sweep.tasks import smoothing_window

    measure, epochs = report.selection, report.block("training").get("epochs") or 0
    window = smoothing_window(epochs, report.block("search").get("smooth"))
    averaged = f", averaged over {window} epochs and" if window > 1 else ","
    which = f"its {extreme(measure)} point" if report.judged_by == "best" else "the end"
    return (f"The winner of a study is the trial with the {extreme(measure)} {measure.title}{averaged} read at "
            f"{which}. Clean and test labels had no part in search, pruning or the choice of epochs.")


def _confirmation(report: Report) -> str:
    confirm = report.block("confirm")
    data = "training and validation data" if confirm.get("train_on") == "trainval" else "training data"
    test = "" if report.space.get("diagnostics") else " Only here were test labels read."
    return (f"Each winner was then trained again on the {data} with {confirm.get('seeds', '?')} fresh "
            "seeds: new noise, split, initialisation and order, never stopped early. A seed gives every "
            f"method the same draw, so differences are paired by seed.{test}")


def _measures(report: Report) -> str:
    measure, by = report.measure.title, report.selection
    return (f"“last” is {measure} after the final epoch; “best” is {measure} at the epoch with the {extreme(by)} "
            f"{by.title}, the first of equals. The best epoch by {measure} is not reported: nobody could have "
            "picked it.")


def _intervals(report: Report) -> str:
    measure = report.measure
    limits = f", cut off at what {measure.title} and its differences can be: the true mean lies there for sure, so " \
             "the cut takes nothing from the 95 %" if measure.bounds != (None, None) else ""
    return (f"Intervals are Student's t at 95 %, over seeds{limits}. “Lies {beyond(measure)}” is said only where the "
            "interval of the paired differences lies on one side of zero. Intervals are not corrected for the "
            f"number of comparisons ({_comparisons(report)} here per measure).")


def _correction(report: Report) -> str:
    if not report.comparisons:
        return ""
    return (f"“p, Holm” is the p-value of a paired t-test at the {report.judged_by} epoch, corrected by Holm's method "
            f"for the table's {comparisons(report)} with {report.baseline}. A difference with a value below 0.05 "
            "survives: in at most 5 % of sweeps would a method that does not really differ be among them. "
            "Where a method differs by the same amount on all n seeds, t has no spread to go by, and the p-value is "
            "that of the sign test, 2 to the power of 1 − n.")


def _comparisons(report: Report) -> int:
    return sum(row.method != report.baseline for row in report.rows)
