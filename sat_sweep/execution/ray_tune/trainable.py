"""What runs in a worker: a trial after another, in the same process, reported about once a second."""

from __future__ import annotations

import json
import time
import traceback
from typing import Any

from ray import tune

from sat_sweep.data import DataCache
from sat_sweep.execution.ray_tune.shared_data import unpack
from sat_sweep.home.files import open_folder
from sat_sweep.training import Audience, EpochRecord, TrajectoryStore, TrialSpec
from sat_sweep.training.facts import facts
from sat_sweep.training.loop import Trial, records

REPORT_SECONDS = 1.0
URGENT_SECONDS = 0.25
"""The same while others may be waiting for a trial's states, and when it may be pruned."""
IDLE_SECONDS = 0.1


class TrialRunner(tune.Trainable):
    """A Ray Tune trainable whose every step is about a second of epochs.

    `config` holds `spec` and `audience` as JSON. A step answers with
    `records` and `facts` about data and versions (both JSON), `finished`, and `error`: whatever Python raises is an
    answer, only a lost process is a failure.
    """

    _data: DataCache | None = None

    def setup(self, config: dict[str, Any], trajectories: str | None = None, data: Any = None) -> None:
        """Called once in a worker's life."""
        self._store = TrajectoryStore(open_folder(trajectories)) if trajectories else None
        if data is not None:
            self._data = unpack(data)
        self._begin(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Take the next trial without leaving the process."""
        self._begin(new_config)
        return True

    def _begin(self, config: dict[str, Any]) -> None:
        self._finished = False
        audience = Audience.from_json(json.loads(config["audience"]))
        self._rungs = audience.may_end
        spec = TrialSpec.model_validate_json(config["spec"])
        self._trial = Trial(spec, self._data.get(spec.dataset) if self._data else None)
        self._records = records(self._trial, self._store, audience)

    def step(self) -> dict[str, Any]:
        """Train for about a second; once the trial is over, wait a little for the driver to take notice."""
        if self._finished:
            time.sleep(IDLE_SECONDS)
        batch: list[EpochRecord] = []
        try:
            self._finished = finished = self._advance(batch)
            return {"records": _encode(batch), "facts": json.dumps(facts(self._trial)), "finished": finished,
                    "error": None}
        except Exception as error:
            traceback.print_exc()
            self._finished, self._records = True, iter(())
            return {"records": _encode(batch), "facts": None, "finished": True, "error": _sentence(error)}

    def _advance(self, batch: list[EpochRecord]) -> bool:
        started, urgent = time.monotonic(), False
        for record in self._records:
            batch.append(record)
            urgent |= self._is_awaited(record)
            if time.monotonic() - started >= (URGENT_SECONDS if urgent else REPORT_SECONDS):
                return False
        return True

    def _is_awaited(self, record: EpochRecord) -> bool:
        """Whether others may start from here, or the pruner wants to know."""
        return record.trained and (not record.acts or record.epoch in self._rungs)

    def cleanup(self) -> None:
        """Nothing to save: the store has it."""


def _encode(batch: list[EpochRecord]) -> str:
    return json.dumps([{**record.to_json(), "trained": record.trained} for record in batch])


def _sentence(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip()[:2000]
