"""How a run of a sweep ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sat_sweep.errors import ExitStatus

if TYPE_CHECKING:
    from sat_sweep.search.queue import JobQueue
    from sat_sweep.search.study_progress import StudyProgress

MAX_FAILED_SHARE = 0.5
"""A study in which more than this share of the search's or the confirmation's trials failed is no answer."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the exit status, why it is not 0 where there is something to say, and what was trained."""

    status: int
    reasons: tuple[str, ...] = ()
    epochs_trained: int = 0


def outcome_of(queue: JobQueue) -> Outcome:
    """What a run came to, whose backend has none of the jobs of `queue` any more."""
    studies = queue.progress.values()
    if not queue.finished:
        aside = [f"{name} was {reason}" for progress in studies for name, reason in progress.set_aside.items()]
        return Outcome(ExitStatus.INTERRUPTED, tuple(aside), queue.epochs_trained)
    reasons = tuple(reason for progress in studies for reason in _shortcomings(progress))
    return Outcome(ExitStatus.INCOMPLETE if reasons else ExitStatus.DONE, reasons, queue.epochs_trained)


def _shortcomings(progress: StudyProgress) -> Iterator[str]:
    study = progress.study
    if progress.search.winner() is None:
        yield f"{study.key} has no usable trial"
        return
    for stage, total in (("search", progress.search.total), ("confirm", progress.confirm_total)):
        failed = progress.ends[stage, "failed"]
        if failed > MAX_FAILED_SHARE * total:
            kind = "trials" if stage == "search" else "confirm trials"
            yield f"{study.key}: {failed} of {total} {kind} failed ({progress.failures[stage]})"
