"""When a search may go on."""

from pathlib import Path
from typing import Any

import pytest
from optuna.trial import TrialState

from sat_sweep.config import load_space, plan
from sat_sweep.config.space import Pruner
from sat_sweep.search.samplers import milestones, rungs
from sat_sweep.search.study_search import StudySearch
from sat_sweep.search.study_storage import StudyStorage
from tests.search.simulate import space_file


def searching(folder: Path, sampler: str, pruner: str, name: str = "s") -> StudySearch:
    """Eight trials in batches of three."""
    space = load_space(space_file(folder))
    search = space.search.model_copy(update={
        "sampler": sampler, "pruner": space.search.pruner.model_copy(update={"name": pruner})})
    study = next(s for s in plan(space.model_copy(update={"search": search})).studies if s.method == "sat")
    storage = StudyStorage(f"sqlite:///{folder / 'studies.db'}")
    return StudySearch(study, storage.studies({name: study.space.task.selection.measure})[name])


def asked(search: StudySearch) -> list[dict[str, Any]]:
    return [trial.values for trial in search.ask()]


@pytest.mark.parametrize(("sampler", "pruner"), [("tpe", "none"), ("random", "asha"), ("random", "median")])
def test_a_batch_waits_for_the_last_one(tmp_path, sampler, pruner):
    search = searching(tmp_path, sampler, pruner)
    assert len(search.ask()) == 3
    assert not search.ready


def test_what_learns_nothing_does_not_wait_and_draws_the_same(tmp_path):
    patient, hasty = (searching(tmp_path, "random", "none", name) for name in ("patient", "hasty"))
    expected = []
    while patient.ready:
        expected += asked(patient)
        for trial in patient.trials[-3:]:
            if not trial.ended:
                patient.finish(trial.number, TrialState.COMPLETE, 0.5)
    drawn = []
    while hasty.ready:
        drawn += asked(hasty)
    assert len(drawn) == 8
    assert drawn == expected


def test_trials_that_end_out_of_order_are_all_seen_in_the_end(tmp_path):
    search = searching(tmp_path, "random", "none")
    search.ask()
    search.ask()
    for number in (5, 4, 0, 2, 1, 3):
        search.finish(number, TrialState.COMPLETE, number / 10)
    search.ask()
    assert [trial.value for trial in search.view.get_trials() if trial.state.is_finished()] == \
        [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert search.winner().number == 5


@pytest.mark.parametrize(("sampler", "known"), [("tpe", 8), ("random", 8), ("gp", 0)])
def test_what_is_foreseen_is_drawn(tmp_path, sampler, known):
    search = searching(tmp_path, sampler, "none")
    foreseen = search.foreseen()
    assert list(foreseen) == list(range(known))
    while search.ready:
        for trial in search.ask():
            assert foreseen.get(trial.number, trial.values) == trial.values
        for trial in search.trials:
            if not trial.ended:
                search.finish(trial.number, TrialState.COMPLETE, trial.number / 10)
    assert len(search.trials) == 8
    assert search.foreseen() == {}


def test_a_model_of_the_objective_is_not_foreseen(tmp_path, monkeypatch):
    monkeypatch.setattr("sat_sweep.search.samplers.STARTUP", 5)
    search = searching(tmp_path, "tpe", "none")
    search.ask()
    assert list(search.foreseen()) == [3, 4]


@pytest.mark.parametrize(("settings", "epochs", "expected"), [
    ({"name": "asha", "grace": 4, "reduction": 2}, 40, {4, 8, 16, 32}),
    ({"name": "asha", "grace": 4, "reduction": 3}, 36, {4, 12}),          # at the end nothing is left to prune
    ({"name": "median", "grace": 15}, 40, {16, 20, 24, 28, 32, 36}),
    ({"name": "none"}, 40, set()),
])
def test_rungs(settings, epochs, expected):
    pruner = Pruner.model_validate(settings)
    assert rungs(pruner, epochs, settings.get("grace", 1)) == expected
    assert {40, *expected} <= milestones(pruner, 40, settings.get("grace", 1))


@pytest.mark.parametrize("pruner", ["asha", "median"])
def test_where_lower_is_better_the_same_trials_win_and_are_pruned(tmp_path, pruner):
    """Two searches that draw the same; what one sees as an accuracy the other sees as its distance from one."""
    space = load_space(space_file(tmp_path))
    ends = []
    for task, value in (("classification", lambda luck: luck), ("selective", lambda luck: 1 - luck)):
        settings = {**space.model_dump(), "task": {"name": task}}
        settings["search"] |= {"sampler": "random", "pruner": {"name": pruner, "grace": 4}}
        study = next(s for s in plan(type(space).model_validate(settings)).studies if s.method == "sat")
        storage = StudyStorage(f"sqlite:///{tmp_path / task}.db")
        search = StudySearch(study, storage.studies({"s": study.space.task.selection.measure})["s"])
        ends.append(outcome_of_search(search, value))
        storage.close()
    assert ends[0] == ends[1]
    assert TrialState.PRUNED in ends[0][0]


def outcome_of_search(search: StudySearch, value: Any) -> tuple[list[TrialState], int]:
    """How its trials end and which wins; the later a trial, the worse, but for the fourth."""
    while search.ready:
        for trial in search.ask():
            luck = 0.99 if trial.number == 4 else 0.9 - trial.number / 20
            pruned = any(search.report(trial.number, epoch, value(luck)) for epoch in sorted(search.milestones))
            state = TrialState.PRUNED if pruned else TrialState.COMPLETE
            search.finish(trial.number, state, None if pruned else value(luck))
    winner = search.winner()
    assert winner is not None
    return [trial.state for trial in search.trials], winner.number
