"""The mirror in a process of its own: `python -m sat_sweep.tracking.process`.

Imports MLflow, then reads one JSON object per line from standard input. The first is its task, `{"home": ...,
"sweep": ..., "uri": ...}`, which other users of the machine cannot read there; then `{"result": "<trial name>"}`,
`{"study": key, "state": "..."}`, `{"summary": "<folder>"}`; the end of input means finish and exit. Every byte on
standard output means that something was done. Exit status 1 and a last line on standard error tell that MLflow lacks
something; lines there that begin with `warning:` are for the user.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from sat_sweep.home import Home, SweepHome, expanded, redacted
from sat_sweep.home.databases import opening
from sat_sweep.home.lock import latest_mirror
from sat_sweep.imports.collector import no_collection
from sat_sweep.tracking.mirror import Mirror

PATIENCE = 30.0
"""Seconds during which a server that failed is left alone; each attempt to reach it may take as long."""


class MirrorFollower:
    """Follows a sweep as well as MLflow allows; after a failure it catches up from the home."""

    def __init__(self, open_mirror: Callable[[], Mirror],
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._open_mirror, self._clock = open_mirror, clock
        self._mirror: Mirror | None = None
        self._states: dict[str, str] = {}
        self._report: Path | None = None
        self._again_at = 0.0
        self.problem: str | None = None

    def follow(self, messages: Iterable[dict[str, Any]]) -> bool:
        """Mirror everything there is, then every message; whether MLflow has all of it in the end."""
        self._attempt(None)
        for message in messages:
            self._remember(message)
            if self._mirror is not None or self._clock() >= self._again_at:
                self._attempt(message)
        if self._mirror is None:
            self._attempt(None)
        self._settle()
        return self._mirror is not None

    def _attempt(self, message: dict[str, Any] | None) -> None:
        try:
            if self._mirror is None:
                self._mirror = self._catch_up()
            elif message is not None:
                self._pass_on(self._mirror, message)
        except Exception as error:
            self._give_up(error)

    def _settle(self) -> None:
        try:
            if self._mirror is not None:
                self._mirror.settle()
        except Exception as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        self._mirror, self.problem = None, one_line(error)
        self._again_at = self._clock() + PATIENCE

    def _remember(self, message: dict[str, Any]) -> None:
        if "study" in message:
            self._states[message["study"]] = message["state"]
        elif "summary" in message:
            self._report = Path(message["summary"])

    def _catch_up(self) -> Mirror:
        mirror = self._open_mirror()
        mirror.mirror_all()
        for key, state in self._states.items():
            mirror.study_state(key, state)
        if self._report is not None:
            mirror.summary(self._report)
        return mirror

    def _pass_on(self, mirror: Mirror, message: dict[str, Any]) -> None:
        if "study" in message:
            mirror.study_state(message["study"], message["state"])
        elif "summary" in message:
            mirror.summary(Path(message["summary"]))
        elif (result := mirror.sweep.result(message["result"])) is not None:
            mirror.add(result)


def one_line(error: Exception) -> str:
    """The first line of what went wrong, without passwords."""
    lines = str(error).strip().splitlines()
    text = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return redacted(text)[:500]


def opened(uri: str, sweep: SweepHome, on_progress: Callable[[], None]) -> Mirror:
    """The mirror with its client, which makes the database: two processes that make it at once break each other."""
    mirror = Mirror(uri, sweep, on_progress)
    with no_collection(), opening(uri, filled_last="experiments"):
        assert mirror.client is not None
    on_progress()
    return mirror


def main() -> int:
    """Run until standard input ends; what the mirror of a driver that was killed left undone is done too."""
    os.nice(10)  # training goes first
    os.environ.pop("MLFLOW_RUN_ID", None)  # it would win over the runs that we name
    _import_mlflow()
    say_progress()
    messages = (json.loads(line) for line in sys.stdin if line.strip())
    task = next(messages, None)
    if task is None:
        return 0
    sweep = Home(task["home"]).sweep(task["sweep"])
    follower = MirrorFollower(lambda: opened(expanded(task["uri"]), sweep, say_progress))
    with latest_mirror(sweep):
        done = follower.follow(messages)
    if done:
        return 0
    print(follower.problem, file=sys.stderr)
    return 1


def say_progress() -> None:
    """Let the driver know that something was done; whether it still listens makes no difference."""
    with suppress(OSError):
        os.write(1, b".")


def _import_mlflow() -> None:
    """What is wrong with it is found again, and told, when it is needed."""
    with no_collection(), suppress(Exception):
        import mlflow  # noqa: F401


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(status)  # the driver waits; Python would take MLflow apart for half a second
