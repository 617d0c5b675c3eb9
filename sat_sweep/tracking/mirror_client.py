"""The driver's end of the mirror: hands on what happened and never waits, whatever MLflow does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread
from typing import Any

ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # the default is four minutes for a server that is not there
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


COMMAND = [sys.executable, "-m", "sat_sweep.tracking.process"]


class Reader:
    """A mirror's process, which imports MLflow and then waits to be told which sweep it is for."""

    def __init__(self) -> None:
        """It has a session of its own: Ctrl-C is for the driver, which then closes in good order."""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115, close() closes it
        self.process = subprocess.Popen(COMMAND, env={**os.environ, **ENVIRONMENT}, stdin=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, stderr=self._errors, start_new_session=True)

    def last_words(self) -> str:
        """The last line that it has written to standard error, if any."""
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def kill(self) -> None:
        """End it wherever it is."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """It has ended."""
        self._errors.close()


@contextmanager
def mirror_ahead(wanted: bool) -> Iterator[None]:
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
"""The process that was started ahead, if any."""


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
        self._thread = Thread(target=self._hand_on, daemon=True, name="mlflow mirror")
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The process, if there is one."""
        return self._reader.process.pid if self._reader is not None else None

    def add(self, name: str) -> None:
        """The trial `name` has a result file."""
        self._messages.put({"result": name})

    def study_state(self, key: str, state: str) -> None:
        """A study is RUNNING, FINISHED, FAILED or KILLED."""
        self._messages.put({"study": key, "state": state})

    def summary(self, folder: str) -> None:
        """The report has been written to `folder`."""
        self._messages.put({"summary": folder})

    def close(self, timeout: float = 120.0) -> bool:
        """Let the mirror finish, for up to `timeout` seconds; whether MLflow has everything."""
        self._messages.put(None)
        done, reason = self._finish(timeout)
        if not done:
            print(f"warning: MLflow lacks a part of {self.sweep} ({reason}); no result is lost, "
                  "the next launch or resume completes it", file=sys.stderr)
        return done

    def _finish(self, timeout: float) -> tuple[bool, str]:
        started = time.monotonic()
        self._thread.join(timeout)
        if self._reader is None:
            return True, ""
        try:
            status = self._reader.process.wait(max(0.0, timeout - (time.monotonic() - started)))
            reason = self._reader.last_words() or f"the mirror ended with status {status}"
        except subprocess.TimeoutExpired:
            self._reader.kill()
            status, reason = 1, f"it was not done after {timeout:g} s"
        self._reader.close()
        return status == 0, reason

    def _hand_on(self) -> None:
        """In a thread, since a pipe whose reader is slow would block the driver."""
        message = self._messages.get()
        if message is None:
            return
        self._reader = _waiting.pop() if _waiting else Reader()
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
