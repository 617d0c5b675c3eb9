"""Nodes that do not see the home: what is said of them, and what a trial does there."""

from __future__ import annotations

from sat_sweep.data import DataCache
from sat_sweep.execution.messages import JobMessage
from sat_sweep.execution.ray_tune.visibility import blindness, witness
from sat_sweep.execution.stores import Stores
from sat_sweep.execution.worker import Worker
from sat_sweep.home import Home, SweepRecord
from sat_sweep.training import epochs
from tests.conftest import numbers


def test_a_node_sees_the_home_if_it_sees_the_sweep(tmp_path):
    home = Home(str(tmp_path / "home"))
    sweep = home.sweep("s")
    assert "does not see the home" in blindness(witness(sweep))
    sweep.write_record(SweepRecord("s"))
    assert blindness(witness(sweep)) is None
    assert witness(Home("memory://home").sweep("s")) is None
    assert blindness(None) is None


def test_a_mark_is_gone_afterwards_with_all_that_was_made_for_it(tmp_path):
    home = Home(str(tmp_path / "new" / "home"))
    with home.marked() as mark:
        assert mark.exists()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "new" / "home").mkdir(parents=True)
    with home.marked():
        (tmp_path / "new" / "home" / "kept").touch()
    assert [path.name for path in (tmp_path / "new" / "home").iterdir()] == ["kept"]


def test_a_trial_that_cannot_share_trains_to_the_same_numbers_and_says_why(trial):
    spec = trial("sat", epochs=3)
    worker, records = Worker(JobMessage(spec), Stores(), DataCache(), "it does not see the home"), []
    while not worker.finished:
        message = worker.work()
        records += message.records
        assert message.store_problem == "it does not see the home"
    assert numbers(records) == numbers(epochs(spec))
