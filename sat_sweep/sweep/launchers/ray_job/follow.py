"""What a job writes, put where it belongs: results, messages, the live table, files that it sends back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TextIO

from sat_sweep.home.status import Status
from sat_sweep.sweep.launchers.ray_job.frames import Frame, decode, receive_piece

NOISE = 40
"""Lines beside the frames that are kept, to be shown where the job did not come to its own words."""


class Follower:
    """Takes in the lines of a job's log.

    `on_progress` gets each status of the sweep; `files` is where files go that the job sends, nowhere if None.
    Afterwards `absent` says whether the package was not there, `begun` whether a driver has begun its sweep,
    `received` how many pieces of files came, `noise` what else stood in the log.
    """

    def __init__(self, files: Path | None = None, on_progress: Callable[[Status], None] = lambda status: None,
                 out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.files, self.on_progress = files, on_progress
        self.out, self.err = out or sys.stdout, err or sys.stderr
        self.absent = self.begun = False
        self.received, self.noise = 0, list[str]()

    def take_all(self, lines: Iterable[str]) -> None:
        """Take in all of `lines`."""
        for line in lines:
            self.take(line)

    def take(self, line: str) -> None:
        """Take in one line; what is no frame is Ray's own, or of a program that broke down."""
        frame = decode(line)
        if frame is None:
            self.noise = [*self.noise, line][-NOISE:]
        else:
            self.absent = False
            self._take(frame)

    def _take(self, frame: Frame) -> None:
        match frame.kind:
            case "out" | "err":
                stream = self.out if frame.kind == "out" else self.err
                stream.write(frame.content)
                stream.flush()
            case "progress":
                self.begun = True
                self.on_progress(Status.from_json(frame.content))
            case "file" if self.files is not None:
                receive_piece(self.files, frame.content)
                self.received += 1
            case "absent":
                self.absent = True


def words_of(log: str) -> str:
    """What a log says to people: messages and results without their frames; all of it where it has none."""
    lines = log.splitlines()
    frames = [frame for frame in map(decode, lines) if frame is not None]
    if not frames:
        return log
    return "".join(frame.content for frame in frames if frame.kind in ("out", "err"))


def is_stopping(log: str) -> bool:
    """Whether the last that a driver has said of its sweep is that it stops."""
    told = [frame.content for frame in map(decode, log.splitlines()) if frame is not None and frame.kind == "progress"]
    return bool(told) and Status.from_json(told[-1]).state == "stopping"
