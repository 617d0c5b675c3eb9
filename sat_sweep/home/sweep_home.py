"""One sweep's part of the home: its record, its results, its space file and what it was asked to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sat_sweep.home.addresses import redacted
from sat_sweep.home.checksum import Damaged
from sat_sweep.home.files import Folder, LocalFolder
from sat_sweep.home.record import SweepRecord
from sat_sweep.home.result import Result
from sat_sweep.home.warn import warn_once

RECORD, COPY = "sweep.json", "sweep.copy.json"
"""What cannot be computed again is written twice."""


class SweepHome:
    """One sweep's part of the home."""

    def __init__(self, folder: Folder, name: str) -> None:
        self.folder, self.name = folder, name

    # The record

    def describe(self) -> SweepRecord | None:
        """The sweep's record, None for a sweep that does not exist; raises Damaged if it and its copy are."""
        content = self.folder.read(RECORD)
        if content is None:
            return None
        try:
            return SweepRecord.decode(content)
        except Damaged as damage:
            return self._from_copy(damage)

    def _from_copy(self, damage: Damaged) -> SweepRecord:
        try:
            record = SweepRecord.decode(self.folder.read(COPY) or b"")
        except Damaged:
            raise Damaged(f"{RECORD} of sweep '{self.name}' cannot be used, {damage}; launching its space file again "
                          "makes it anew, and no result is lost") from None
        warn_once(f"{RECORD} of sweep '{self.name}' cannot be used, {damage}; its copy is as good")
        return record

    def update(self, **changes: Any) -> None:
        """Change fields of the record, which is made if there is none."""
        self.write_record((self.describe() or SweepRecord(self.name)).changed(**changes))

    def write_record(self, record: SweepRecord) -> None:
        """Replace the record, whatever there was."""
        for key in (RECORD, COPY):
            self.folder.write(key, record.encode(), durable=True)

    # The space file

    def write_space(self, text: str) -> None:
        """Keep the space file as it was given, but for a password in a comment; elsewhere there is none."""
        self.folder.write("space.yaml", redacted(text).encode(), durable=True)

    def space_text(self) -> str:
        """The space file as it was given, without passwords, which older versions let it have."""
        return redacted((self.folder.read("space.yaml") or b"").decode(errors="replace"))

    # Results

    def add_result(self, result: Result) -> None:
        """Write a finished trial; writing it again replaces it."""
        self.folder.write(f"results/{result.name}.json", result.encode(), durable=True)

    def result(self, name: str) -> Result | None:
        """The finished trial of that name; a damaged file counts as none, and is told once on standard error."""
        content = self.folder.read(f"results/{name}.json")
        if content is None:
            return None
        try:
            result = Result.decode(content)
            if result.name != name:
                raise Damaged(f"it is that of {result.name}")
        except Damaged as damage:
            warn_once(f"the result {name} of sweep '{self.name}' cannot be used, {damage}; "
                      "the next launch or resume makes it again")
            return None
        return result

    def results(self) -> Iterator[Result]:
        """All finished trials, ordered by name."""
        for key in sorted(entry.key for entry in self.folder.inside("results").entries()):
            result = self.result(key.removesuffix(".json"))
            if result is not None:
                yield result

    # Requests

    def request_stop(self) -> None:
        """Ask the driver to stop at the next occasion."""
        self.folder.write("stop", b"")

    def stop_requested(self) -> bool:
        """Whether somebody asked."""
        return self.folder.exists("stop")

    def clear_stop(self) -> None:
        """Forget an earlier request."""
        self.folder.delete("stop")

    @property
    def report_folder(self) -> Path:
        """Where reports go unless the user names a place: into this folder if it is one on this machine."""
        return self.folder.path / "report" if isinstance(self.folder, LocalFolder) else Path("reports") / self.name
