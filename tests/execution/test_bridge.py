"""The desk between Ray Tune and the conductor, without Ray running."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from ray.tune.schedulers import TrialScheduler
from ray.tune.search import Searcher

from sat_sweep.execution.ray_tune.bridge import RETRIES, QueueScheduler, QueueSearcher, TuneBridge
from sat_sweep.execution.ray_tune.ray_internals import keep_workers, trainables_at_hand
from sat_sweep.execution.ray_tune.startup_barrier import StartupBarrier
from sat_sweep.search.conductor import Job
from sat_sweep.training import Audience, EpochRecord, Follower


@dataclass
class FakeConductor:
    """Hands out `jobs`, takes in everything, and notes how jobs end."""

    jobs: list[Job] = field(default_factory=list)
    stopping: bool = False
    finished: bool = False
    ends: list[tuple[str, Any]] = field(default_factory=list)

    def next_job(self) -> Job | None:
        return self.jobs.pop(0) if self.jobs else None

    def report(self, job: Job, records: list[EpochRecord]) -> bool:
        job.history += records
        return job.ended

    def finish(self, job: Job, error: str | None = None) -> None:
        self.ends.append(("finished", error))

    def give_back(self, job: Job) -> None:
        self.ends.append(("given back", job.name))


@pytest.fixture
def job(trial: Any) -> Job:
    return Job("sat/x", "search", 3, {"sat.momentum": 0.7}, trial("sat", epochs=3),
               Audience((Follower("ce", {}),)))


@pytest.fixture
def conductor(job: Job) -> FakeConductor:
    return FakeConductor([job])


@pytest.fixture
def ticks() -> list[int]:
    return []


@pytest.fixture
def desk(conductor: FakeConductor, ticks: list[int]) -> TuneBridge:
    """One worker; trial "t" has been given the job."""
    desk = TuneBridge(conductor, StartupBarrier(1), lambda: ticks.append(1))  # type: ignore[arg-type]
    QueueSearcher(desk).suggest("t")
    return desk


def result(*epochs: int, **changes: Any) -> dict[str, Any]:
    """What Ray Tune passes on of a step: nested dictionaries come flat as well."""
    records = [{**EpochRecord(epoch, {"val/noisy_accuracy": 0.5}, "s", acts=True).to_json(), "trained": epoch > 1}
               for epoch in epochs]
    return {"records": json.dumps(records), "facts": None, "finished": False, "error": None, "hostname": "host",
            "pid": 1, **changes}


def test_a_job_becomes_a_config_of_texts(conductor: FakeConductor, desk: TuneBridge, job: Job) -> None:
    conductor.jobs = [job]
    config = QueueSearcher(desk).suggest("u")
    assert config == {"job": "sat/x/search-0003", "spec": job.spec.model_dump_json(),
                      "audience": json.dumps(job.audience.to_json())}
    assert desk.jobs["u"] is job


def test_without_a_job_it_waits_and_at_the_end_says_so(conductor: FakeConductor, desk: TuneBridge) -> None:
    searcher = QueueSearcher(desk)
    assert searcher.suggest("u") is None
    conductor.finished = True
    assert searcher.suggest("u") == Searcher.FINISHED


def test_records_are_passed_on_with_whether_they_were_trained(desk: TuneBridge, job: Job, ticks: list[int]) -> None:
    before = len(ticks)
    assert not desk.take("t", result(1, 2))
    assert [(record.epoch, record.trained) for record in job.history] == [(1, False), (2, True)]
    assert len(ticks) == before + 1


def test_facts_stay_known(desk: TuneBridge, job: Job) -> None:
    expected = {"error_rate": 0.4, "transition": [[1.0]], "versions": {"torch": "2", "numpy": "1"}}
    desk.take("t", result(1, facts=json.dumps(expected)))
    assert job.facts == expected
    desk.take("t", result(2))
    assert job.facts == expected


def test_the_last_epoch_ends_the_trial(conductor: FakeConductor, desk: TuneBridge) -> None:
    assert desk.take("t", result(1, 2, 3))
    desk.close("t", lost=False)
    assert conductor.ends == [("finished", None)]
    assert not desk.jobs


def test_who_is_done_waits_for_workers_that_are_still_starting(conductor: FakeConductor, job: Job) -> None:
    conductor.jobs = [job, job]
    desk = TuneBridge(conductor, StartupBarrier(2), lambda: None)  # type: ignore[arg-type]
    for name in "tu":
        QueueSearcher(desk).suggest(name)
    assert not desk.take("t", result(1, 2, 3, finished=True))
    desk.take("u", result(pid=2))
    assert desk.take("t", result(finished=True))


def test_stopping_ends_trials_where_they_are(conductor: FakeConductor, desk: TuneBridge) -> None:
    conductor.stopping = True
    assert desk.take("t", result(1))
    desk.close("t", lost=False)
    assert conductor.ends == [("given back", "sat/x/search-0003")]


def test_what_python_raised_in_the_worker_is_the_reason(conductor: FakeConductor, desk: TuneBridge) -> None:
    assert desk.take("t", result(1, finished=True, error="ValueError: no"))
    desk.close("t", lost=False)
    assert conductor.ends == [("finished", "ValueError: no")]


def lose(desk: TuneBridge, words: str | None = None) -> None:
    """The worker of trial "t" is gone."""
    told = SimpleNamespace(trial_id="t", get_error=lambda: words)
    QueueScheduler(desk, 1).on_trial_error(None, told)


def test_a_trial_that_ray_gives_up_failed_for_what_ray_says(conductor: FakeConductor, desk: TuneBridge) -> None:
    for _ in range(RETRIES + 1):
        lose(desk, "long story\nout of memory\n")
    desk.close("t", lost=True)
    assert conductor.ends == [("finished", "given up after 6 lost workers: out of memory")]
    assert not desk.losses
    assert not desk.lost


def test_a_trial_that_ray_gives_up_too_early_is_issued_again(
        conductor: FakeConductor, desk: TuneBridge, job: Job) -> None:
    """Ray does so when the worker is lost between two trials; however often it is issued, losses are counted."""
    for attempt in range(RETRIES):
        lose(desk)
        desk.close("t", lost=True)
        assert conductor.ends == [("given back", job.name)] * (attempt + 1)
        conductor.jobs = [job]
        QueueSearcher(desk).suggest("t")
    desk.close("t", lost=True)
    assert conductor.ends[-1] == ("finished", "given up after 6 lost workers: given up by Ray")


def test_a_loss_that_was_mended_is_no_reason(conductor: FakeConductor, desk: TuneBridge) -> None:
    lose(desk)
    desk.take("t", result(1, 2, 3))
    QueueSearcher(desk).on_trial_complete("t")
    assert conductor.ends == [("finished", None)]


def test_a_lost_worker_is_no_longer_present(desk: TuneBridge) -> None:
    desk.take("t", result(1))
    assert not desk.muster.hold(1)
    lose(desk)
    assert desk.muster.hold(1)


def test_the_scheduler_obeys(desk: TuneBridge) -> None:
    scheduler, told = QueueScheduler(desk, 1), SimpleNamespace(trial_id="t")
    assert scheduler.on_trial_result(None, told, result(1)) == TrialScheduler.CONTINUE
    assert scheduler.on_trial_result(None, told, result(2, 3)) == TrialScheduler.STOP


def test_results_are_not_kept(desk: TuneBridge) -> None:
    seen = result(1, facts={"error_rate": 0.4})
    QueueScheduler(desk, 1).on_trial_complete(None, SimpleNamespace(trial_id="t", last_result=seen), dict(seen))
    assert not {"records", "facts"} & set(seen)


def test_nothing_is_pickled_for_a_restore(desk: TuneBridge) -> None:
    assert type(pickle.loads(pickle.dumps(desk))) is object


def test_workers_are_kept_where_ray_allows(desk: TuneBridge) -> None:
    asked: list[Any] = []
    cache = SimpleNamespace(increase_max=lambda *given: asked.append(given))
    keep_workers(SimpleNamespace(_tune_controller=SimpleNamespace(_actor_cache=cache)), "resources", 2)
    keep_workers(SimpleNamespace(), "resources", 2)  # a Ray that looks different inside
    assert asked == [("resources", 2)]


def test_ray_is_asked_for_a_trainable_until_it_has_it_and_then_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    from ray.tune import registry

    class Server:
        def __init__(self) -> None:
            self.content: dict[str, str] = {}
            self.asked = 0

        def contains(self, category: str, key: str) -> bool:
            self.asked += 1
            return key in self.content

        def get(self, category: str, key: str) -> str:
            self.asked += 1
            return self.content[key]

    server = Server()
    monkeypatch.setattr(registry, "_global_registry", server)
    with trainables_at_hand():
        assert not registry._has_trainable("runner")
        server.content["runner"] = "class"
        assert [registry.get_trainable_cls("runner") for _ in range(5)] == ["class"] * 5
        assert server.asked == 3
    registry.get_trainable_cls("runner")
    assert server.asked == 5
    monkeypatch.setattr(registry, "_global_registry", None)
    with trainables_at_hand():
        pass
