"""Making again what can be made again, while nobody runs the sweep."""

from __future__ import annotations

from collections.abc import Sequence

from sat_sweep.doctor.finding import Finding
from sat_sweep.doctor.subject import Subject
from sat_sweep.home.lock import only_driver
from sat_sweep.search.queue import JobQueue
from sat_sweep.search.sharing import NoSharing
from sat_sweep.search.study_storage import StudyStorage


def repair(subject: Subject, findings: Sequence[Finding]) -> list[Finding]:
    """Put right those of `findings` that can be, and return them.

    Raises UserError while a driver runs the sweep. Nothing is trained: what is missing a launch trains.
    """
    fixable = [finding for finding in findings if finding.repair is not None]
    if not fixable:
        return []
    with only_driver(subject.sweep):
        for make_right in dict.fromkeys(finding.repair for finding in fixable):
            assert make_right is not None
            make_right()
        if any(finding.part == "studies" for finding in fixable):
            open_studies(subject)
    return fixable


def open_studies(subject: Subject) -> None:
    """Let the searches begin, as a launch does: whatever the storage does not know is taken from the results."""
    storage = StudyStorage(subject.studies_url)
    try:
        JobQueue(subject.plan, storage, subject.sweep, NoSharing())
    finally:
        storage.close()
