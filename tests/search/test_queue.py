"""The search is a function of the file: not of workers, order, grouping, crashes or extensions."""

import pytest

from sat_sweep.config import load_space, plan
from sat_sweep.data import DataCache
from sat_sweep.home import Home
from sat_sweep.search.queue import JobQueue
from sat_sweep.search.sharing import NoSharing, SharedPrefixes
from sat_sweep.search.study_storage import StudyStorage
from tests.search.simulate import Killed, outcome, records, run, space_file, stored


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    run(folder)
    return folder


def test_every_study_has_its_trials_and_its_seeds(alone):
    names = outcome(alone)
    assert sum("/search-" in name for name in names) == 2 * (1 + 8 + 8)
    assert sum("/confirm-" in name for name in names) == 2 * 3 * 2
    assert {state for trials in stored(alone).values() for _, state, *_ in trials} == {"COMPLETE", "PRUNED"}


def test_something_is_pruned_and_something_survives(alone):
    states = [state for name, (state, *_) in outcome(alone).items() if "/search-" in name]
    assert {"pruned", "complete"} == set(states)
    assert states.count("complete") >= 2 * (1 + 3 + 3)  # the first batch of every study


def test_the_first_batch_is_never_pruned(alone):
    assert all(outcome(alone)[f"sat/symmetric-0.4/search-000{n}"][0] == "complete" for n in range(3))


@pytest.mark.parametrize(("workers", "order", "group"), [(1, 0, 1), (2, 1, 7), (5, 2, 3), (16, 3, 20)])
def test_workers_order_and_grouping_do_not_matter(alone, tmp_path, workers, order, group):
    run(tmp_path, workers=workers, order=order, group=group)
    assert outcome(tmp_path) == outcome(alone)
    assert stored(tmp_path) == stored(alone)


@pytest.mark.parametrize("kill_after", [1, 10, 40, 90])
def test_a_killed_driver_does_not_matter(alone, tmp_path, kill_after):
    with pytest.raises(Killed):
        run(tmp_path, workers=3, order=kill_after, kill_after=kill_after)
    run(tmp_path, workers=2)
    assert outcome(tmp_path) == outcome(alone)
    assert stored(tmp_path) == stored(alone)


@pytest.mark.parametrize("first", [2, 4, 6])
def test_extending_comes_to_the_same_as_asking_for_more_at_once(alone, tmp_path, first):
    run(tmp_path, trials=first)
    before = {name: trial for name, trial in outcome(tmp_path).items() if "/search-" in name}
    run(tmp_path, trials=8, workers=3)
    assert before.items() <= outcome(tmp_path).items()
    assert outcome(tmp_path) == outcome(alone)


def test_a_finished_sweep_is_finished(alone):
    before = stored(alone)
    queue = run(alone)
    assert queue.epochs_trained == 0
    assert stored(alone) == before


def test_winner_is_the_earliest_of_the_best(alone):
    trials = {name: trial for name, trial in outcome(alone).items() if name.startswith("sat/symmetric-0.4/search")}
    best = max(value for state, value, *_ in trials.values() if state == "complete")
    first = min(name for name, (state, value, *_) in trials.items() if value == best and state == "complete")
    assert outcome(alone)["sat/symmetric-0.4/confirm-0000"][2] == trials[first][2]


def test_a_job_knows_whom_later_batches_will_bring(tmp_path):
    """The first ten trials of a study are settled from the start: states go where they will leave."""
    home = Home(str(tmp_path / "home"))
    storage = StudyStorage(home.database("studies.db"))
    the_plan = plan(load_space(space_file(tmp_path, trials=12)))
    queue = JobQueue(the_plan, storage, home.sweep("simulated"), SharedPrefixes(DataCache()))
    first = queue.next_job()
    storage.close()
    sat = [parameters for method, parameters in first.audience.followers if method == "sat"]
    assert len(sat) == 10
    assert first.audience.unknown == 2 + 2, "of sat and of ce+reset two each that depend on others"


def test_how_many_trials_could_run_side_by_side(tmp_path):
    """At each noise level one of ce and a batch of three of sat and of ce+reset, whether drawn yet or not."""
    home = Home(str(tmp_path / "home"))
    storage = StudyStorage(home.database("studies.db"))
    queue = JobQueue(plan(load_space(space_file(tmp_path))), storage, home.sweep("simulated"), NoSharing())
    assert queue.could_run(most=99) == 2 * (1 + 3 + 3)
    assert queue.could_run(most=5) == 5
    jobs = [queue.next_job() for _ in range(9)]
    assert queue.could_run(most=99) == 14, "those that run are among them"
    for job in jobs[:2]:
        queue.report(job, records(job))
        queue.finish(job)
    assert queue.could_run(most=99) == sum(1 for _ in iter(queue.next_job, None)) + 7
    queue.stopping = True
    assert queue.could_run(most=99) == len(queue._issued())
    storage.close()


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_at_no_time_more_trials_run_than_there_are_workers(tmp_path, workers):
    """By the records alone; and the workers were busy for as long as the trials took."""
    run(tmp_path, workers=workers, order=workers)
    results = list(Home(str(tmp_path / "home")).sweep("simulated").results())
    moments = sorted([(r.started, 1) for r in results] + [(r.ended, -1) for r in results])
    running = [sum(step for _, step in moments[:place]) for place in range(1, len(moments) + 1)]
    assert max(running) == workers
    assert all(r.started < r.ended for r in results)
    span = max(r.ended for r in results) - min(r.started for r in results)
    assert sum(r.ended - r.started for r in results) <= workers * span * (1 + 1e-9)
