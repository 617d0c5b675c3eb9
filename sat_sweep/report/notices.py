"""What a reader must know before believing the numbers."""

from __future__ import annotations

from sat_sweep.report.given_labels import on_test_labels
from sat_sweep.report.report import Report
from sat_sweep.report.told import marked
from sat_sweep.report.wording import listing

UNEVEN = 10
"""The largest class of the test set may have so many times the examples of the smallest before that is told."""
BY_CLASS = ("test/balanced_accuracy", "test/worst_class_accuracy")
"""Measures to which small classes count as much as large ones."""


def notices(report: Report) -> list[str]:
    """Reservations, the gravest first; empty for a finished sweep that did everything as it should."""
    return [text for text in (_unfinished(report), _budget(report), _diagnostics(report), on_test_labels(report),
                              _trainval(report), _failed_seeds(report), _constant(report), _uneven(report),
                              _of_task(report)) if text]


def _unfinished(report: Report) -> str | None:
    waiting = [row.key for row in report.rows if row.seeds == 0]
    if report.confirmed:
        return None
    missing = f" On no seed at all: {', '.join(waiting)}." if waiting else ""
    if report.state == "finished":
        return f"Not every study could be confirmed on all seeds: no usable trial, or seeds that failed.{missing}"
    return f"Not every study has been confirmed on all seeds (state: {report.state}), so numbers may change.{missing}"


def _budget(report: Report) -> str | None:
    use = report.budget
    if use is None:
        return None
    taken = ", ".join(f"{took:.3g} of {limit:g} {word}" for limit, took, word in use.limits)
    if not use.ended_search:
        overrun = any(took > limit for limit, took, _ in use.limits)
        return f"The budget was overrun: {taken} were taken." if overrun else None
    missing = ", ".join(f"{number} of {study.trials} trials of {study.key}" for study in report.record.studies
                        if (number := use.unsearched.get(study.key)))
    return (f"The budget has ended the search in time to confirm its winners ({taken} were taken). Methods "
            f"are compared after equally many trials under each {report.condition_word}. Not searched: {missing}.")


def _diagnostics(report: Report) -> str | None:
    if not report.space.get("diagnostics"):
        return None
    return ("Diagnostics were on: clean validation and test labels were evaluated during the search as well. "
            "Selection did not read them, but somebody could have.")


def _trainval(report: Report) -> str | None:
    if report.block("confirm").get("train_on") != "trainval":
        return None
    return "Winners were retrained on validation images too, so no epoch could be picked: only `last` exists."


def _failed_seeds(report: Report) -> str | None:
    failed = sum(row.confirmed.failed for row in report.rows)
    if not failed:
        return None
    return (f"{failed} confirming trial{'s' if failed > 1 else ''} failed. A failed seed counts with the "
            f"{report.measure.title} that it had reached; one that had reached none is missing.")


def _constant(report: Report) -> str | None:
    rows = [f"{marked(row)} at {row.condition}" for row, difference in report.comparisons if difference.constant]
    if not rows:
        return None
    return (f"The same difference to {report.baseline} on every seed: {listing(rows)}. Nothing varies that an interval "
            "or a t-test could go by, so the interval has no width, and the p-value is that of the sign test.")


def _of_task(report: Report) -> str | None:
    known = {name for row in report.rows for name in row.further}
    return report.task.reservation(known) if any(row.seeds for row in report.rows) else None


def _uneven(report: Report) -> str | None:
    """Only where there is something to read instead; classes without test examples have no accuracy at all."""
    sizes = [size for size in (report.record.data.test_sizes if report.record.data else ()) if size]
    measured = [measure.title for measure in report.measured_further if measure.name in BY_CLASS]
    safe = report.measure.name in BY_CLASS
    if safe or not measured or not sizes or max(sizes) <= UNEVEN * min(sizes):
        return None
    return (f"The largest class has {max(sizes) / min(sizes):.0f} times as many test examples as the smallest, so "
            f"{report.measure.title} is mostly about large classes: see {listing(measured)} as well.")
