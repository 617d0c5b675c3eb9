"""What killed processes have left in the home and on this machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from sat_sweep.doctor.finding import Finding, listed
from sat_sweep.doctor.subject import Subject
from sat_sweep.execution.ray_tune.scratch import left_behind


def check(subject: Subject) -> Iterator[Finding]:
    """Half-written files in the sweep's part of the home and in what all share; scratch folders."""
    for folder in (subject.sweep.folder, subject.home.trajectories, subject.home.evidence):
        if keys := folder.leftovers():
            yield Finding("leftovers", f"half-written files of processes that are gone: {listed(keys)}", "deleted",
                          partial(folder.delete_all, keys))
    if subject.machine and (folders := left_behind()):
        yield Finding("leftovers", f"temporary folders of processes that are gone: {listed(_names(folders))}",
                      "deleted", partial(_remove, folders))


def _names(folders: Sequence[Path]) -> list[str]:
    return [folder.name for folder in folders]


def _remove(folders: Sequence[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
