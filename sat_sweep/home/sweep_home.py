"""One sweep's part of the home: its record, its results, its space file and what it was asked to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sat_sweep.errors import UserError
from sat_sweep.home.addresses import redacted
from sat_sweep.home.checksum import Damaged, OtherKey
from sat_sweep.home.files import Folder, LocalFolder
from sat_sweep.home.key import key_name
from sat_sweep.home.object_store import RemoteFolder
from sat_sweep.home.packer import ResultPacker
from sat_sweep.home.packs import contents
from sat_sweep.home.record import SweepRecord
from sat_sweep.home.result import Result
from sat_sweep.home.warn import warn_once

RECORD, COPY = "sweep.json", "sweep.copy.json"
"""What cannot be computed again is written twice."""


class SweepHome:
    """One sweep's part of the home."""

    def __init__(self, folder: Folder, name: str) -> None:
        self.folder, self.name = folder, name
        self._packer: ResultPacker | None = None

    # The record

    def describe(self) -> SweepRecord | None:
        """The sweep's record, None for a sweep that does not exist; raises Damaged if it and its copy are."""
        content = self.folder.read(RECORD)
        if content is None:
            return None
        try:
            return self._decoded_record(content)
        except Damaged as damage:
            return self._from_copy(damage)

    def _decoded_record(self, content: bytes | bytearray) -> SweepRecord:
        record = SweepRecord.decode(content)
        if not self._is_own(record.name):
            raise Damaged(f"it is that of sweep '{record.name}'")
        return record

    def _from_copy(self, damage: Damaged) -> SweepRecord:
        try:
            record = self._decoded_record(self.folder.read(COPY) or b"")
        except Damaged as also:
            if isinstance(damage, OtherKey) or isinstance(also, OtherKey):
                raise UserError(f"the record of sweep '{self.name}' cannot be used: {damage}") from None
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

    @contextmanager
    def packing(self) -> Iterator[None]:
        """Meanwhile results that are added to an object store are packed too, for quick reading; for a driver alone."""
        if not isinstance(self.folder, RemoteFolder):
            yield
            return
        self._packer = ResultPacker(self.folder)
        try:
            yield
        finally:
            self._packer.close()
            self._packer = None

    def add_result(self, result: Result) -> None:
        """Write a finished trial; writing it again replaces it."""
        key, content = f"{result.name}.json", result.encode()
        mark = self.folder.write(f"results/{key}", content, durable=True)
        if self._packer is not None and mark:
            self._packer.add(key, mark, content)

    def result(self, name: str) -> Result | None:
        """The finished trial of that name; a damaged file counts as none, and is told once on standard error."""
        content = self.folder.read(f"results/{name}.json")
        return None if content is None else self._decoded(name, content)

    def _decoded(self, name: str, content: bytes | bytearray) -> Result | None:
        try:
            result = Result.decode(content)
            if result.name != name or not self._is_own(result.sweep):
                raise Damaged(f"it is that of {result.name} of sweep '{result.sweep}'")
        except Damaged as damage:
            warn_once(f"the result {name} of sweep '{self.name}' cannot be used, {damage}; "
                      "the next launch or resume makes it again")
            return None
        return result

    def _is_own(self, sweep: str) -> bool:
        """Whether what says that it is of `sweep` may be used; folders may be renamed where nothing is signed."""
        return key_name() is None or sweep == self.name

    def results(self) -> Iterator[Result]:
        """All finished trials, ordered by name."""
        for key, content in contents(self.folder):
            result = self._decoded(key.removesuffix(".json"), content)
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

    @property
    def suspects_folder(self) -> Path:
        """The same for suspects."""
        return self.folder.path / "suspects" if isinstance(self.folder, LocalFolder) else Path("suspects") / self.name
