"""A sweep whose trials take no time: the real queue, search and storage, with accuracies from a formula."""

from __future__ import annotations

import itertools
import math
import random
from pathlib import Path

from sat_sweep.config import load_space, plan
from sat_sweep.execution.simulated import SimulatedBackend
from sat_sweep.home import Home
from sat_sweep.search.job import Job
from sat_sweep.search.queue import JobQueue
from sat_sweep.search.sharing import NoSharing
from sat_sweep.search.study_storage import StudyStorage
from sat_sweep.training.record import EpochRecord

HEAD = """
name: simulated
dataset: {{name: digits}}
noise: {{kind: symmetric, rates: [0.0, 0.4]}}
methods: [ce, sat, ce+reset]
model: {{name: mlp}}
training: {{epochs: 20}}
"""
SPACE = HEAD + """\
search: {{trials: {trials}, batch: 3, pruner: {{name: asha, grace: 4, reduction: 2}}}}
confirm: {{seeds: 2}}
"""


class Killed(Exception):
    """The driver is gone."""


def space_file(folder: Path, trials: int = 8) -> Path:
    path = folder / "space.yaml"
    path.write_text(SPACE.format(trials=trials))
    return path


def accuracy(job: Job, epoch: int) -> float:
    """Depends on the settings and on the epoch, differently for each study."""
    text = repr(sorted(job.values.items())) + job.study
    luck = random.Random(text).random()
    return round(0.5 + 0.3 * luck * (1 - math.exp(-epoch / 5)) + 0.05 * random.Random(f"{text}{epoch}").random(), 6)


def records(job: Job) -> list[EpochRecord]:
    return [EpochRecord(e, {"val/noisy_accuracy": accuracy(job, e), "test/accuracy": 0.5}, str(e), acts=True)
            for e in range(1, job.spec.training.epochs + 1)]


def run(folder: Path, *, workers: int = 1, order: int = 0, trials: int = 8, kill_after: int | None = None,
        group: int = 7) -> JobQueue:
    """Run (or go on with) the sweep in `folder`; reports come in groups, workers in an order drawn from `order`."""
    the_plan = plan(load_space(space_file(folder, trials)))
    home = Home(str(folder / "home"))
    storage = StudyStorage(home.database("studies.db"))
    queue = JobQueue(the_plan, storage, home.sweep("simulated"), NoSharing())
    chance, steps = random.Random(order), itertools.count(1)

    def seconds(_: object) -> float:
        if next(steps) == kill_after:
            raise Killed
        return chance.random()

    try:
        SimulatedBackend(workers, records, seconds, group).run(queue)
    finally:
        storage.close()
    return queue


def outcome(folder: Path) -> dict[str, tuple]:
    """Everything about every trial that must not depend on how it was run."""
    sweep = Home(str(folder / "home")).sweep("simulated")
    return {r.name: (r.state, r.value, tuple(sorted(r.values.items())), len(r.history)) for r in sweep.results()}


def stored(folder: Path) -> dict[str, list[tuple]]:
    """What Optuna has, by study."""
    import optuna

    storage = optuna.storages.RDBStorage(f"sqlite:///{folder}/home/studies.db")
    names = [summary.study_name for summary in optuna.get_all_study_summaries(storage)]
    studies = {name.rsplit("/", 1)[0]: optuna.load_study(study_name=name, storage=storage) for name in names}
    return {name: [_told(trial) for trial in study.get_trials()] for name, study in studies.items()}


def _told(trial) -> tuple:
    params, values = trial.params.items(), trial.intermediate_values.items()
    return trial.number, trial.state.name, tuple(sorted(params)), tuple(sorted(values))
