"""The trajectory store of a home: files in it that nobody can use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sat_sweep.doctor.finding import Finding, listed
from sat_sweep.doctor.subject import Subject
from sat_sweep.training.trajectory.inspection import unusable


def check(subject: Subject) -> Iterator[Finding]:
    """Whether every state and segment is what it was written as; one that is not is trained again, never believed."""
    folder = subject.home.trajectories
    if keys := list(unusable(folder)):
        yield Finding("trajectories", f"of the stored epochs {listed(keys)} cannot be used; whoever needs them trains "
                      "them again", "deleted", partial(folder.delete_all, keys))
