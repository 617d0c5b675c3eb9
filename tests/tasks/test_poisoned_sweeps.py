"""Whole sweeps whose test labels are all wrong: no task lets them choose anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from sat_sweep.config import load_space, plan
from sat_sweep.data import DataCache, load
from sat_sweep.execution.serial import SerialBackend
from sat_sweep.execution.stores import StorePlaces
from sat_sweep.home import Home, Result
from sat_sweep.search.queue import JobQueue
from sat_sweep.search.sharing import NoSharing
from sat_sweep.search.study_storage import StudyStorage
from sat_sweep.tasks import tasks

METHODS = ["ce", "sat", "ce+early_stopping"]
"""One that is searched, and one that chooses an epoch while it trains."""
QUICK = {"representation": {"every": 2, "penalties": [0.1, 1.0]}, "adversarial": {"steps": 2, "every": 2}}
"""Options with which evaluation takes less time than training."""


def space_of(task: str, folder: Path) -> Path:
    """A sweep of this task that prunes, chooses among three settings of SAT and confirms them with two seeds."""
    few = {"labelled": 100} if tasks[task].needs_unlabelled else {}
    path = folder / f"{task}.yaml"
    path.write_text(yaml.safe_dump({
        "name": "sweep", "task": {"name": task, **QUICK.get(task, {})},
        "dataset": {"name": "digits", "subset": 300, **few},
        "noise": {"kind": "symmetric", "rates": [0.4]}, "methods": METHODS, "model": {"name": "mlp", "width": 32},
        "training": {"epochs": 6, "batch_size": 32},
        "search": {"trials": 3, "pruner": {"name": "asha", "grace": 2, "reduction": 2},
                   "space": {"sat.start_epoch": 1, "early_stopping.patience": 2}},
        "confirm": {"seeds": 2},
    }))
    return path


def results_of(path: Path, home: Path, *, poisoned: bool) -> dict[str, Result]:
    """Every trial of the sweep by study, stage and number."""
    space = load_space(path)
    data = load(space.dataset)
    if poisoned:
        data = replace(data, test_labels=(data.test_labels + 1) % data.num_classes)
    places = Home(str(home))
    storage = StudyStorage(places.database("studies.db"))
    queue = JobQueue(plan(space), storage, places.sweep("sweep"), NoSharing())
    try:
        SerialBackend().run(queue, DataCache({space.dataset.digest(): data}), StorePlaces())
    finally:
        storage.close()
    return {f"{result.study} {result.stage} {result.number}": result for result in queue.home.results()}


def without_the_test_part(result: Result) -> dict[str, Any]:
    """All that a trial is and was, but for times and what was measured on the test part."""
    history = [{**record, "metrics": {name: value for name, value in record["metrics"].items()
                                      if not name.startswith("test/") and name != "epoch_seconds"}}
               for record in result.history]
    return {"spec": result.spec, "state": result.state, "value": result.value, "history": history}


@pytest.mark.parametrize("task", list(tasks))
def test_test_labels_choose_nothing(task, tmp_path):
    """Settings that are drawn, trials that are pruned, winners, and every number but those of the test part."""
    path = space_of(task, tmp_path)
    honest, lied = (results_of(path, tmp_path / str(poisoned), poisoned=poisoned) for poisoned in (False, True))
    assert {key: without_the_test_part(result) for key, result in honest.items()} \
        == {key: without_the_test_part(result) for key, result in lied.items()}
    answer = tasks[task]().answer.name
    confirmed = [key for key in honest if " confirm " in key]
    assert len(confirmed) == 2 * len(METHODS)
    assert all(honest[key].curve(answer)[-1] != lied[key].curve(answer)[-1] for key in confirmed)


@pytest.mark.parametrize("task", list(tasks))
def test_a_search_is_told_no_test_measure(task, tmp_path):
    """Nor any other that reads true labels."""
    true = {measure.name for measure in tasks[task]().measures if measure.labels == "true"}
    for key, result in results_of(space_of(task, tmp_path), tmp_path / "home", poisoned=False).items():
        seen = {name for record in result.history for name in record["metrics"]}
        assert bool(seen & true) == (" confirm " in key), key
        assert " confirm " in key or not any(name.startswith("test/") for name in seen)
