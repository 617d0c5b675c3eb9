"""What crosses processes: a job to a worker, and what the worker says of it. Written and read here alone.

A message travels as one text, so that no backend looks into it, changes its types or flattens it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sat_sweep.search.job import Job
from sat_sweep.training.record import EpochRecord
from sat_sweep.training.spec import TrialSpec
from sat_sweep.training.trajectory.audience import NOBODY, Audience


@dataclass(frozen=True)
class JobMessage:
    """What a worker is asked to do: a trial, and who else wants its states."""

    spec: TrialSpec
    audience: Audience = NOBODY

    @classmethod
    def of(cls, job: Job) -> JobMessage:
        """The message that hands `job` to a worker."""
        return cls(job.spec, job.audience)

    def encode(self) -> str:
        """As text."""
        return json.dumps({"spec": self.spec.model_dump(mode="json"), "audience": self.audience.to_json()})

    @classmethod
    def decode(cls, text: str) -> JobMessage:
        """The message that `encode` wrote."""
        content = json.loads(text)
        return cls(TrialSpec.model_validate(content["spec"]), Audience.from_json(content["audience"]))


@dataclass(frozen=True)
class ProgressMessage:
    """What a worker says of its trial.

    `started` and `until` are when it began and up to when it has worked on it, in seconds since 1970 by its own
    clock. `records` are the epochs since the last message, `facts` what is known of data and versions. `finished`
    says that no further epoch comes, `error` why, if something of the trial's own making ended it.
    `store_problem` is why it goes on without the trajectory store, if it does.
    """

    started: float
    until: float
    records: tuple[EpochRecord, ...] = ()
    facts: dict[str, Any] | None = None
    finished: bool = False
    error: str | None = None
    store_problem: str | None = None

    def encode(self) -> str:
        """As text."""
        records = [{**record.to_json(), "trained": record.trained} for record in self.records]
        return json.dumps({**vars(self), "records": records})

    @classmethod
    def decode(cls, text: str) -> ProgressMessage:
        """The message that `encode` wrote."""
        content = json.loads(text)
        records = tuple(EpochRecord(**record) for record in content.pop("records"))
        return cls(records=records, **content)
