"""The record of a sweep, its copy, its space file and its status."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from sat_sweep.doctor.finding import Finding
from sat_sweep.doctor.subject import Subject
from sat_sweep.home import Damaged, SweepRecord, unsealed
from sat_sweep.home.status import count_again
from sat_sweep.home.sweep_home import COPY, RECORD


def check(subject: Subject) -> Iterator[Finding]:
    """Whether each of them can be read and says what the others do."""
    yield from _record(subject)
    if not subject.sweep.folder.exists("space.yaml"):
        yield Finding("record", "space.yaml, the space file as it was given, is missing",
                      "launch the space file again; the sweep itself does not need it")
    if not subject.driven:
        yield from _status(subject)


def _record(subject: Subject) -> Iterator[Finding]:
    for key in (RECORD, COPY):
        content = subject.sweep.folder.read(key)
        damage = "it is missing" if content is None else _damage(partial(SweepRecord.decode, content))
        if damage:
            yield Finding("record", f"{key} cannot be used: {damage}", "written again from the other copy",
                          lambda: subject.sweep.write_record(subject.record))


def _status(subject: Subject) -> Iterator[Finding]:
    content = subject.sweep.folder.read("status.json")
    damage = "it is missing" if content is None else _damage(partial(unsealed, content))
    if damage and subject.record.state != "new":
        yield Finding("status", f"status.json cannot be used: {damage}", "counted again from the results",
                      lambda: count_again(subject.sweep))


def _damage(read: Callable[[], object]) -> str:
    """Why `read` finds nothing that can be believed, "" if it does."""
    try:
        read()
    except Damaged as damage:
        return str(damage)
    return ""
