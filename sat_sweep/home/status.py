"""How far a sweep is, for people and programs, whoever runs it and wherever."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import Any

from sat_sweep.home import SweepHome

HEARTBEAT = 5.0
"""Seconds between two writes of the status while a sweep runs."""
SILENCE = 60.0
"""Seconds without a heartbeat after which a running sweep counts as interrupted."""


@dataclass(frozen=True)
class StudyStatus:
    """One study in one stage; `budget` is how many trials the stage has in all."""

    method: str
    noise: str
    stage: str
    budget: int
    complete: int
    pruned: int
    failed: int
    running: int
    best: float | None
    """The best selection score so far (noisy validation accuracy)."""
    queued: int = 0
    """Trials that were handed out and that no worker has started; `running` are those that one has."""

    @property
    def ended(self) -> int:
        """How many trials have ended."""
        return self.complete + self.pruned + self.failed


def write_status(sweep: SweepHome, state: str, studies: list[StudyStatus]) -> None:
    """Let everybody know; `state` is running, finished, stopped or failed."""
    content = {"sweep": sweep.name, "state": state, "studies": [asdict(study) for study in studies],
               "heartbeat": time.time()}
    sweep.folder.write("status.json", json.dumps(content).encode())


def read_status(sweep: SweepHome) -> dict[str, Any]:
    """`{"sweep", "state", "studies"}`; the state is "interrupted" where a running sweep has fallen silent."""
    written = sweep.folder.read("status.json")
    if written is None:
        return {"sweep": sweep.name, "state": "new", "studies": []}
    content: dict[str, Any] = json.loads(written)
    silent = time.time() - content.pop("heartbeat") > SILENCE
    if content["state"] == "running" and silent:
        content["state"] = "interrupted"
    return content
