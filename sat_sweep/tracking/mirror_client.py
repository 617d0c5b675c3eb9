"""The driver's end of the mirror: hands on what happened and never waits, whatever MLflow does."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

from sat_sweep.home import expanded
from sat_sweep.home.warn import WARNING, warn_once
from sat_sweep.tracking.reader import DATABASE, SERVER, Reader


@contextmanager
def mirror_in_advance(wanted: bool) -> Iterator[None]:
    """Meanwhile a process imports MLflow for the next MirrorProcess; where none takes it, it is ended.

    That needs two seconds of a processor, and while a sweep starts there is one to spare. Nothing is written.
    """
    if wanted:
        _waiting.append(Reader())
    try:
        yield
    finally:
        while _waiting:
            reader = _waiting.pop()
            reader.kill()
            reader.close()


_waiting: list[Reader] = []
"""The process that was started in advance, if any."""


class MirrorProcess:
    """A process that mirrors the sweep `sweep` in `home` to the MLflow at `uri`.

    It gets to work with the first message. Without a way to reach MLflow the sweep goes on, and `close` says so in
    one line on standard error.
    """

    def __init__(self, home: str, sweep: str, uri: str) -> None:
        self.sweep = sweep
        self._task = {"home": home, "sweep": sweep, "uri": uri}
        self._reader: Reader | None = None
        self._messages: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._told: list[dict[str, Any]] = []
        """What a mirror cannot find in the home: how studies stand, and that there is a report."""
        self._started = Event()
        Thread(target=self._hand_on, daemon=True, name="mlflow mirror").start()

    @property
    def pid(self) -> int | None:
        """The process, if there is one."""
        return self._reader.process.pid if self._reader is not None else None

    def add(self, name: str) -> None:
        """The trial `name` has a result file."""
        self._messages.put({"result": name})

    def study_state(self, key: str, state: str) -> None:
        """A study is RUNNING, FINISHED, FAILED or KILLED."""
        self._tell({"study": key, "state": state})

    def summary(self, folder: str) -> None:
        """The report has been written to `folder`."""
        self._tell({"summary": folder})

    def _tell(self, message: dict[str, Any]) -> None:
        self._told.append(message)
        self._messages.put(message)

    def close(self, patience: float | None = None) -> bool:
        """Let the mirror finish; whether MLflow has everything.

        It is waited for as long as it gets on: until nothing was done for `patience` seconds, by default 5 for a
        server and 60 for a database, whose first opening takes a while. Then it is ended, and nothing is left behind.
        """
        self._messages.put(None)
        if patience is None:
            patience = SERVER if self._is_server else DATABASE
        reason = self._finish(patience)
        if reason:
            print(f"warning: MLflow lacks a part of {self.sweep} ({reason}); no result is lost, "
                  "the next launch or resume completes it", file=sys.stderr)
        return not reason

    def _finish(self, patience: float) -> str:
        """Why MLflow lacks something, "" if it does not."""
        self._started.wait()
        if self._reader is None:
            return ""
        ended = self._reader.wait(patience)
        if ended and (self._reader.was_killed or (self._reader.has_failed and not self._is_server)):
            self._begin_again()
            ended = self._reader.wait(patience)
        reader = self._reader
        if not ended:
            reader.kill()
        said = reader.said()
        reader.close()
        for line in said:
            if line.startswith(WARNING):
                warn_once(line.removeprefix(WARNING))
        if not ended:
            return f"it did nothing for {patience:g} s"
        status = reader.process.returncode
        return "" if status == 0 else (said or [f"the mirror ended with status {status}"])[-1]

    @property
    def _is_server(self) -> bool:
        return expanded(self._task["uri"]).startswith("http")

    def _begin_again(self) -> None:
        """Somebody has killed the mirror, or its database was locked or gone for a while: another one, once.

        It finds in the home what there is; one process of MLflow's goes on with a file that was replaced.
        """
        assert self._reader is not None
        self._reader.close()
        self._reader = Reader()
        assert self._reader.process.stdin is not None
        with suppress(OSError), self._reader.process.stdin as pipe:
            pipe.writelines(json.dumps(message).encode() + b"\n" for message in (self._task, *self._told))

    def _hand_on(self) -> None:
        """In a thread, since a pipe whose reader is slow would block the driver."""
        message = self._messages.get()
        try:
            if message is not None:
                self._reader = _waiting.pop() if _waiting else Reader()
        finally:
            self._started.set()
        if self._reader is None:
            return
        assert self._reader.process.stdin is not None
        try:
            with self._reader.process.stdin as pipe:
                pipe.write(json.dumps(self._task).encode() + b"\n")
                while message is not None:
                    pipe.write(json.dumps(message).encode() + b"\n")
                    pipe.flush()
                    message = self._messages.get()
        except OSError:  # the process has died; close() tells
            return


def ui_command(uri: str, port: int) -> list[str]:
    """The command that shows the records at `uri`, on this machine alone, at http://127.0.0.1:<port>."""
    return [sys.executable, "-m", "sat_sweep.tracking.ui", uri, str(port)]
