"""The driver's end of the mirror: hands on what happened and never waits, whatever MLflow does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from queue import SimpleQueue
from threading import Thread
from typing import Any

ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # the default is four minutes for a server that is not there
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


class MirrorProcess:
    """A process that mirrors the sweep `sweep` in `home` to the MLflow at `uri`.

    It is started with the first message: importing MLflow takes seconds in which the first trials could train.
    Without a way to reach MLflow the sweep goes on, and `close` says so in one line on standard error.
    """

    def __init__(self, home: str, sweep: str, uri: str) -> None:
        self.sweep = sweep
        self._command = [sys.executable, "-m", "sat_sweep.tracking.process", home, sweep]
        self._environment = _environment(uri)
        self._process: subprocess.Popen[bytes] | None = None
        self._messages: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115, close() closes it
        self._thread = Thread(target=self._hand_on, daemon=True, name="mlflow mirror")
        self._thread.start()

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
        self._errors.close()
        if not done:
            print(f"warning: MLflow lacks a part of {self.sweep} ({reason}); no result is lost, "
                  "the next launch or resume completes it", file=sys.stderr)
        return done

    def _finish(self, timeout: float) -> tuple[bool, str]:
        started = time.monotonic()
        self._thread.join(timeout)
        if self._process is None:
            return True, ""
        try:
            status = self._process.wait(max(0.0, timeout - (time.monotonic() - started)))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False, f"it was not done after {timeout:g} s"
        return status == 0, "" if status == 0 else self._reason(status)

    def _hand_on(self) -> None:
        """In a thread, since a pipe whose reader is slow would block the driver."""
        message = self._messages.get()
        if message is None:
            return
        self._process = self._start()
        assert self._process.stdin is not None
        try:
            with self._process.stdin as pipe:
                while message is not None:
                    pipe.write(json.dumps(message).encode() + b"\n")
                    pipe.flush()
                    message = self._messages.get()
        except OSError:  # the process has died; close() tells
            return

    def _start(self) -> subprocess.Popen[bytes]:
        """In a session of its own: Ctrl-C is for the driver, which then closes in good order."""
        return subprocess.Popen(self._command, env=self._environment, stdin=subprocess.PIPE,
                                stdout=subprocess.DEVNULL, stderr=self._errors, start_new_session=True)

    def _reason(self, status: int) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"the mirror ended with status {status}"


def _environment(uri: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "MLFLOW_RUN_ID"}
    return {**inherited, **ENVIRONMENT, "MLFLOW_TRACKING_URI": uri}


def ui_command(uri: str, port: int) -> list[str]:
    """The command that shows the records at `uri`, on this machine alone, at http://127.0.0.1:<port>."""
    return [sys.executable, "-m", "sat_sweep.tracking.ui", uri, str(port)]
