"""What every registered task must do, also one that is added tomorrow."""

import pytest

from sat_sweep.tasks import tasks
from sat_sweep.training import epochs

NAMES = list(tasks)
OF_THE_TRAINING_PASS = {"train/loss", "train/noisy_accuracy", "train/memorized", "train/corrected", "epoch_seconds"}


@pytest.fixture
def records(trial):
    def run(name, **rest):
        return list(epochs(trial("ce", epochs=2, task={"name": name}, model={"name": "convnet", "width": 2}, **rest)))

    return run


@pytest.mark.parametrize("name", NAMES)
def test_what_is_measured_is_what_is_declared(records, name):
    task = tasks[name]()
    declared = {measure.name for measure in task.measures}
    found = set(records(name)[0].metrics) - OF_THE_TRAINING_PASS
    assert found == declared
    assert {task.selection.name, task.answer.name} <= declared


@pytest.mark.parametrize("name", NAMES)
def test_what_decides_reads_no_true_label(name):
    task = tasks[name]()
    assert task.selection.measure.labels != "true"
    assert (task.answer.split, task.answer.labels) == ("test", "true")
    assert all(measure.split != "test" or measure.labels == "true" for measure in task.measures)


@pytest.mark.parametrize("name", NAMES)
def test_the_search_sees_nothing_that_reads_true_labels(records, name):
    known = {measure.name: measure for measure in tasks[name]().measures}
    seen = set(records(name, evaluate="noisy")[0].metrics) - OF_THE_TRAINING_PASS
    assert tasks[name]().selection.name in seen
    assert all(known[metric].labels != "true" for metric in seen)


@pytest.mark.parametrize("name", NAMES)
def test_measures_stay_within_their_bounds(records, name):
    for measure in tasks[name]().measures:
        low, high = measure.bounds
        values = [record.metrics[measure.name] for record in records(name)]
        assert all((low is None or low <= value) and (high is None or value <= high) for value in values)


@pytest.mark.parametrize("name", NAMES)
def test_evaluation_moves_no_stream_of_training(records, name):
    losses = [[record.metrics["train/loss"] for record in records(task)] for task in (name, "classification")]
    assert losses[0] == losses[1]
