"""The process of a mirror, as the driver sees it: it reads what happened, and shows that it gets on."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from threading import Thread

ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # the default is four minutes for a server that is not there
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # else each run that ends is asked for once more
}
COMMAND = [sys.executable, "-m", "sat_sweep.tracking.process"]
SERVER, DATABASE, STARTING = 5.0, 60.0, 60.0
"""Seconds in which something must get done: by a server, by a database, while the mirror imports MLflow."""


class Reader:
    """A mirror's process, which imports MLflow and then waits to be told which sweep it is for."""

    def __init__(self) -> None:
        """It has a session of its own: Ctrl-C is for the driver, which then closes in good order."""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115, close() closes it
        self.process = subprocess.Popen(COMMAND, env={**os.environ, **ENVIRONMENT}, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self._errors, start_new_session=True)
        self.progress: float | None = None
        Thread(target=self._note_progress, daemon=True, name="mlflow mirror progress").start()

    def _note_progress(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as pipe:
            while pipe.read1():  # type: ignore[attr-defined]
                self.progress = time.monotonic()

    def wait(self, patience: float) -> bool:
        """Wait for its end for as long as it gets on; False if nothing was done for `patience` seconds.

        While it is still being started it gets a minute, since a busy machine needs long to import MLflow.
        """
        began = time.monotonic()
        while self.process.poll() is None:
            allowed = max(patience, STARTING) if self.progress is None else patience
            if time.monotonic() - max(began, self.progress or 0.0) > allowed:
                return False
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(min(0.2, patience))
        return True

    @property
    def was_killed(self) -> bool:
        """Whether a signal has ended it."""
        return (self.process.returncode or 0) < 0

    @property
    def has_failed(self) -> bool:
        """Whether it has ended and says that MLflow lacks something."""
        return (self.process.returncode or 0) > 0

    def said(self) -> list[str]:
        """The lines that it has written to standard error."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip().splitlines()

    def kill(self) -> None:
        """End it wherever it is."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """It has ended."""
        self._errors.close()
