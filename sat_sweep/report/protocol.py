"""How the methods were judged, in sentences made from the space file."""

from __future__ import annotations

from sat_sweep.report.model import Report


def protocol(report: Report) -> list[str]:
    """A paragraph per stage; what the space file does not tell is left out."""
    return [text for text in (_budget(report), _selection(report), _confirmation(report), _measures(report),
                              _intervals(report)) if text]


def _budget(report: Report) -> str:
    search = report.block("search")
    trials = max((study.get("trials", 0) for study in report.about.get("studies") or []), default=search.get("trials"))
    pruner = search.get("pruner")
    name = pruner.get("name") if isinstance(pruner, dict) else pruner
    stopped = "no trial was stopped early" if name in (None, "none") else f"hopeless trials were stopped early ({name})"
    return (f"A study is one method at one noise level. Every study had the same budget, {trials} trials of "
            f"{report.block('training').get('epochs', '?')} epochs, and for a method the same search space at every "
            f"level; a method with nothing to search ran one trial. Sampler: {search.get('sampler', 'unknown')}, asked "
            f"in batches of {search.get('batch', '?')}; {stopped}.")


def _selection(report: Report) -> str:
    search, epochs = report.block("search"), report.block("training").get("epochs") or 0
    window = search.get("smooth") or max(1, round(epochs / 20))
    epochs_word = "epoch" if window == 1 else "epochs"
    which = "its highest point" if report.judged_by == "best" else "its end"
    return ("The winner of a study is the trial with the highest accuracy on noisy validation labels, averaged over "
            f"{window} {epochs_word} and read at {which}. Clean and test labels had no part in search, pruning or the "
            "choice of epochs.")


def _confirmation(report: Report) -> str:
    confirm = report.block("confirm")
    data = "training and validation data" if confirm.get("train_on") == "trainval" else "training data"
    test = "" if report.space.get("diagnostics") else " Only here were test labels read."
    return (f"Each winner was then trained again on the {data} with {confirm.get('seeds', '?')} fresh seeds: new noise, "
            "split, initialisation and order, never stopped early. A seed gives every method the same draw, so "
            f"differences are paired by seed.{test}")


def _measures(report: Report) -> str:
    return ("“last” is test accuracy after the final epoch; “best” is test accuracy at the epoch with the highest "
            "accuracy on noisy validation labels, the first of equals. The best epoch by test accuracy is not reported: "
            "nobody could have picked it.")


def _intervals(report: Report) -> str:
    return ("Intervals are Student's t at 95 %, over seeds. “Lies above” is said only where the interval of the paired "
            "differences lies on one side of zero. Intervals are not corrected for the number of comparisons "
            f"({_comparisons(report)} here per measure).")


def _comparisons(report: Report) -> int:
    return sum(row.method != report.baseline for row in report.rows)
