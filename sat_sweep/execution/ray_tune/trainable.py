"""The worker as Ray Tune sees it: a trial after another, in the same process."""

from __future__ import annotations

import time
from typing import Any

import ray
from ray import tune

from sat_sweep.execution.epoch_limit import EpochLimit
from sat_sweep.execution.messages import JobMessage
from sat_sweep.execution.ray_tune.last_words import leave
from sat_sweep.execution.ray_tune.shared_data import unpack
from sat_sweep.execution.ray_tune.visibility import blindness
from sat_sweep.execution.stores import StorePlaces, Stores
from sat_sweep.execution.worker import Worker
from sat_sweep.home.files import keep_others_from_writing

IDLE_SECONDS = 0.1
ALONE = "alone"
"""Key of a Ray config: the trial is to share no device."""


class TrialRunner(tune.Trainable):
    """A Ray Tune trainable: `config["message"]` is a JobMessage, each step's `message` a ProgressMessage.

    Each step also says on which `node` it was.

    What the machine does wrong leaves as an exception; Ray then ends this process and tries another.
    """

    def setup(self, config: dict[str, Any], places: StorePlaces | None = None, witness: str | None = None,
              data: Any = None) -> None:
        """Called once in a worker's life; `witness` is a file that shows that the home is seen here."""
        keep_others_from_writing()
        self._node = ray.get_runtime_context().get_node_id()
        self._problem = blindness(witness) if places else None
        self._stores = places.opened() if places and self._problem is None else Stores()
        self._data = unpack(data or {})
        self._limit = EpochLimit(lambda words: leave(self.trial_id, words))
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Take the next trial without leaving the process."""
        self._worker = Worker(JobMessage.decode(new_config["message"]), self._stores, self._data, self._problem,
                              self._limit)
        return True

    def step(self) -> dict[str, Any]:
        """Train for about a second; once the trial is over, wait a little for the driver to take notice."""
        if self._worker.finished:
            time.sleep(IDLE_SECONDS)
        return {"message": self._worker.work().encode(), "node": self._node}

    def cleanup(self) -> None:
        """Nothing to save: the store has it."""


def request(shared: Any, alone: Any, config: dict[str, Any]) -> Any:
    """What the trial of a Ray config asks for. Workers read this with the trainable: it stands beside it."""
    return alone if config.get(ALONE) else shared
