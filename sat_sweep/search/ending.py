"""How a trial ended and what it is worth, as its result file says."""

from __future__ import annotations

import time
from typing import Literal, NamedTuple

from sat_sweep.config.study import Study
from sat_sweep.home import Result
from sat_sweep.search.job import Job
from sat_sweep.training.record import score

State = Literal["complete", "pruned", "failed"]


class Ended(NamedTuple):
    """What is counted of a trial that has ended: `why` is the first line of its reason."""

    stage: str
    number: int
    state: str
    why: str

    @classmethod
    def of(cls, result: Result) -> Ended:
        """The trial with this result."""
        return cls(result.stage, result.number, result.state, result.why)


def ending(job: Job, error: str | None) -> tuple[State, str | None]:
    """In which state `job` ended and why; `error` is what the worker said, if anything went wrong there."""
    if error is not None:
        return "failed", error
    if job.pruned:
        return "pruned", f"pruned after epoch {len(job.history)}"
    diverged = job.history[-1].diverged
    return ("failed", f"epoch {len(job.history)}: {diverged}") if diverged else ("complete", None)


def score_of(job: Job, study: Study) -> float:
    """What `job` is judged by so far, by the measure that selects; the worst value if it diverged."""
    return score(job.history, job.spec.task.selection, study.space.search.select, study.smooth)


def result_of(job: Job, study: Study, state: State, reason: str | None) -> Result:
    """The result of `job`; its times are the worker's, and those of this moment where no worker began."""
    now = time.time()
    return Result(
        sweep=study.sweep, study=study.key, method=study.method, noise=study.noise.label, rate=study.noise.rate,
        stage=job.stage, number=job.number, seed=job.spec.seed, state=state, reason=reason,
        value=score_of(job, study) if job.stage == "search" and job.history else None, values=job.values,
        spec=job.spec.model_dump(mode="json"), history=[record.to_json() for record in job.history],
        epochs_trained=sum(record.trained for record in job.history),
        started=now if job.started is None else job.started, ended=now if job.ended is None else job.ended,
        error_rate=job.facts.get("error_rate"), transition=job.facts.get("transition"),
        corrupted_inputs=job.facts.get("corrupted_inputs"), versions=job.facts.get("versions", {}),
        vary=study.condition.vary,
    )
