"""How the methods were judged, in sentences made from the space file."""

from __future__ import annotations

from typing import Any

from sat_sweep.report.model import Report


def protocol(report: Report) -> list[str]:
    """A paragraph per stage; what the space file does not tell is left out."""
    return [text for text in (_budget(report), _selection(report), _confirmation(report), _measures(report),
                              _intervals(report)) if text]


def _budget(report: Report) -> str:
    search, epochs = report.block("search"), report.block("training").get("epochs", "?")
    trials = max((study.get("trials", 0) for study in report.about.get("studies") or []), default="?")
    return (f"A study is one method at one noise level. Every study had the same budget, {trials} trials of "
            f"{epochs} epochs, and for a method the same search space at every level; a method with nothing "
            f"to search ran one trial. Sampler: {search.get('sampler', 'unknown')}, asked in batches of "
            f"{search.get('batch', '?')}; {_pruning(search.get('pruner'))}.")


def _pruning(pruner: Any) -> str:
    name = pruner.get("name") if isinstance(pruner, dict) else pruner
    if name in (None, "none"):
        return "no trial was stopped early"
    return f"hopeless trials were stopped early ({name})"


def _selection(report: Report) -> str:
    epochs = report.block("training").get("epochs") or 0
    window = report.block("search").get("smooth") or max(1, round(epochs / 20))
    averaged = f", averaged over {window} epochs and" if window > 1 else ","
    which = "its highest point" if report.judged_by == "best" else "the end"
    return ("The winner of a study is the trial with the highest accuracy on noisy validation "
            f"labels{averaged} read at {which}. Clean and test labels had no part in search, pruning or the "
            "choice of epochs.")


def _confirmation(report: Report) -> str:
    confirm = report.block("confirm")
    data = "training and validation data" if confirm.get("train_on") == "trainval" else "training data"
    test = "" if report.space.get("diagnostics") else " Only here were test labels read."
    return (f"Each winner was then trained again on the {data} with {confirm.get('seeds', '?')} fresh "
            "seeds: new noise, split, initialisation and order, never stopped early. A seed gives every "
            f"method the same draw, so differences are paired by seed.{test}")


def _measures(report: Report) -> str:
    return ("“last” is test accuracy after the final epoch; “best” is test accuracy at the epoch with the "
            "highest accuracy on noisy validation labels, the first of equals. The best epoch by test "
            "accuracy is not reported: nobody could have picked it.")


def _intervals(report: Report) -> str:
    return ("Intervals are Student's t at 95 %, over seeds. “Lies above” is said only where the interval "
            "of the paired differences lies on one side of zero. Intervals are not corrected for the "
            f"number of comparisons ({_comparisons(report)} here per measure).")


def _comparisons(report: Report) -> int:
    return sum(row.method != report.baseline for row in report.rows)
