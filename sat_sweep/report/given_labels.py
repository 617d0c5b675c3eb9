"""What test labels are worth where those of training are taken as given."""

from __future__ import annotations

from sat_sweep.report.report import Report
from sat_sweep.report.statistics import share_interval
from sat_sweep.report.wording import amount

ACCURACY = "test/accuracy"
"""The measure that is a share of examples, so that their number alone bounds what it can say."""


def are_true(report: Report) -> bool:
    """Whether test labels are known to be right."""
    return not _as_given(report) or report.block("dataset").get("test_labels") == "trusted"


def on_test_labels(report: Report) -> str | None:
    """The reservation that follows from labels as given; None where the sweep itself has made them wrong."""
    if not _as_given(report):
        return None
    given = "Labels are as given: nothing was added, the share of wrong ones is unknown."
    if are_true(report):
        return f"{given} The test labels are trusted{_few(report)}."
    means = "agreement" if report.measure.better == "higher" else "disagreement"
    reading = f", so {report.measure.title} means {means} with labels that may be wrong" \
        if report.measure.labels == "true" else ""
    return f"{given} The test labels are as given too{reading}."


def _as_given(report: Report) -> bool:
    return report.block("noise").get("kind") == "as_given"


def _few(report: Report) -> str:
    """How many there are, and what their number alone leaves open of the best mean; "" for an unknown number."""
    count, measure = report.record.data.test if report.record.data else 0, report.measure
    if not count:
        return ""
    known = [mean for row in report.rows if (mean := row.measured(report.judged_by).summary.mean) is not None]
    if measure.name != ACCURACY or not known:
        return f", {count:,} of them"
    best = known[measure.best(known)]
    low, high = (amount(end, measure) for end in share_interval(best, count))
    return (f", {count:,} of them. On so many, {measure.title} of {amount(best, measure)} % stands for anything from "
            f"{low} to {high} % on new examples (95 %, Wilson), however well seeds agree: the intervals in the tables "
            "are over seeds on these same examples")
