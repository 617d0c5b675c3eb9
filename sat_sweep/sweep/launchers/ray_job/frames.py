"""What crosses a job's log: a line for every piece of output, told apart from whatever else is written there.

Ray keeps one log per job, in which standard output, standard error and its own messages are mixed. So a command that
runs as a job writes frames, and whoever follows the log puts each where it belongs.
"""

from __future__ import annotations

import base64
import codecs
import io
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any, Literal, NamedTuple

MARK = "sat-sweep:"
PIECE = 48_000
"""Bytes of a file per line: a log is read line by line."""

Kind = Literal["out", "err", "progress", "file", "absent"]


class Frame(NamedTuple):
    """A piece of output (`out`, `err`), the status of a sweep (`progress`), a piece of a file, or `absent`."""

    kind: Kind
    content: Any


def encode(kind: Kind, content: Any) -> str:
    """The frame as a line."""
    return f"{MARK}{json.dumps([kind, content])}\n"


def decode(line: str) -> Frame | None:
    """The frame in a line of a log, None if it has none."""
    try:
        kind, content = json.loads(line.removeprefix(MARK)) if line.startswith(MARK) else (None, None)
    except (TypeError, ValueError):
        return None
    return Frame(kind, content) if kind is not None else None


class _Frames(io.RawIOBase):
    """Bytes of text, each write of which becomes a frame in `descriptor`."""

    _lock = threading.Lock()

    def __init__(self, kind: Kind, descriptor: int) -> None:
        self.kind, self.descriptor = kind, descriptor
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        if text := self._decoder.decode(bytes(content)):
            self.send(self.kind, text)
        return len(content)

    def send(self, kind: Kind, content: Any) -> None:
        """A frame is never torn by that of another thread."""
        line = encode(kind, content).encode()
        with self._lock:
            while line:
                line = line[os.write(self.descriptor, line):]


class FramedStream(io.TextIOWrapper):
    """A text stream each of whose lines becomes a frame in `descriptor`."""

    def __init__(self, kind: Kind, descriptor: int) -> None:
        self._frames = _Frames(kind, descriptor)
        super().__init__(io.BufferedWriter(self._frames), encoding="utf-8", line_buffering=True)

    def send(self, kind: Kind, content: Any) -> None:
        """A frame of any kind."""
        self._frames.send(kind, content)


def frame_output() -> FramedStream:
    """From now on everything that Python prints is framed; the stream that further frames may be sent by."""
    descriptor = os.dup(1)
    sys.stdout, sys.stderr = FramedStream("out", descriptor), FramedStream("err", descriptor)
    return sys.stderr


def framed() -> FramedStream | None:
    """The stream for frames of this process, None where the output is not framed."""
    return sys.stderr if isinstance(sys.stderr, FramedStream) else None


def send_folder(stream: FramedStream, folder: Path) -> None:
    """Every file in `folder`, piece by piece."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        for start in range(0, max(1, len(content)), PIECE):
            piece = base64.b64encode(content[start:start + PIECE]).decode()
            stream.send("file", [path.relative_to(folder).as_posix(), start, piece])


def receive_piece(folder: Path, content: Any) -> None:
    """Put a piece of a file into `folder`, as `send_folder` sent it; raises ValueError for a name that leads out."""
    name, start, piece = content
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError(f"a file '{name}' was sent, which leads out of {folder}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb" if start == 0 else "r+b") as file:
        file.seek(start)
        file.write(base64.b64decode(piece))
