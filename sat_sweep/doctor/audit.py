"""All checks of a sweep, in the order in which their findings are best put right."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sat_sweep.doctor import leftovers, records, results, runs, studies, trajectories
from sat_sweep.doctor.finding import Finding
from sat_sweep.doctor.subject import Subject

CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    records.check, results.check, studies.check, trajectories.check, leftovers.check, runs.check)


def audit(subject: Subject) -> list[Finding]:
    """Everything that is not as it should be; nothing is changed."""
    return [finding for check in CHECKS for finding in check(subject)]
