"""How far a sweep is, in words: the same in the live table, in `status` and on the page that refreshes itself."""

from __future__ import annotations

from sat_sweep.home.status import SILENCE, Status, StudyStatus
from sat_sweep.report.wording import duration

QUIET = 20.0
"""Seconds without a sign of life that are worth a remark."""


def progress_words(status: Status, now: float) -> str:
    """`12 of 164 trials, 18 % of the work, about 12 min left`, as far as it is known at the time `now`."""
    parts = [f"{status.ended} of {status.budget} trials"]
    if status.work is not None and status.state in ("running", "stopping"):
        parts.append(f"{100 * status.work.share:.0f} % of the work")
        left = status.work.left(now)
        if left is not None and status.ended < status.budget:
            parts.append(f"about {duration(left)} left")
        elif left is None:
            parts.append("time left known after the first epochs")
    return ", ".join(parts)


def sharing_words(status: Status) -> str:
    """`Trained 3,120 of 4,480 epochs so far: 30 % were shared`; empty where nothing was trained."""
    work = status.work
    if work is None or not work.epochs_requested:
        return ""
    shared = 100 * (1 - work.epochs_trained / work.epochs_requested)
    return f"Trained {work.epochs_trained:,} of {work.epochs_requested:,} epochs so far: {shared:.0f} % were shared"


def life_words(status: Status, now: float) -> str:
    """When the driver last said that it lives; empty where it does not run, or where nobody has written that down."""
    if status.heartbeat is None or status.state not in ("running", "stopping"):
        return ""
    age = max(0.0, now - status.heartbeat)
    if age < QUIET:
        return "The driver lives"
    return f"No sign of life for {duration(age)}; after {duration(SILENCE)} the sweep counts as interrupted"


def failure_words(status: Status) -> list[str]:
    """A sentence for each study and stage in which trials have failed, with what the last of them said."""
    return [f"{study.method} / {study.condition}, {study.stage}: {study.failed} of {study.ended} failed"
            + (f" ({study.why_failed})" if study.why_failed else "") for study in status.studies if study.failed]


def baseline_best(status: Status, study: StudyStatus) -> float | None:
    """The best score so far of the baseline's search under the same condition; None for the baseline itself."""
    if study.method == status.baseline:
        return None
    same = (other.best for other in status.studies
            if other.method == status.baseline and other.condition == study.condition and other.stage == "search")
    return next(same, None)


def score_words(status: Status, score: float | None) -> str:
    """`81.3 %` where scores are fractions, else `0.693`; empty for None."""
    if score is None:
        return ""
    return f"{100 * score:.1f} %" if status.unit == "fraction" else f"{score:.3f}"


def columns(status: Status) -> list[str]:
    """The heads of `rows`."""
    beside = [f"{status.baseline} has"] if status.baseline else []
    return ["study", "search", "confirm", "queued", "running", "failed", "best so far", *beside]


def rows(status: Status) -> list[list[str]]:
    """A row for each study, with both of its stages; counts of nothing are empty."""
    return [_row(status, search, confirm)
            for search, confirm in zip(status.studies[::2], status.studies[1::2], strict=False)]


def _row(status: Status, search: StudyStatus, confirm: StudyStatus) -> list[str]:
    counts = (search.queued + confirm.queued, search.running + confirm.running, search.failed + confirm.failed)
    scores = [search.best, *([baseline_best(status, search)] if status.baseline else [])]
    return [f"{search.method} / {search.condition}", f"{search.ended}/{search.budget}",
            f"{confirm.ended}/{confirm.budget}", *(str(count or "") for count in counts),
            *(score_words(status, value) for value in scores)]
