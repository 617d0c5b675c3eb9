"""What is between Ray Tune and the queue, without Ray running."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from tempfile import NamedTemporaryFile
from types import SimpleNamespace
from typing import Any

import pytest
from ray.tune.schedulers import TrialScheduler
from ray.tune.search import Searcher

from sat_sweep.config.resources import Resources
from sat_sweep.execution.failures import RETRIES
from sat_sweep.execution.messages import JobMessage, ProgressMessage
from sat_sweep.execution.ray_tune.bridge import QueueSearcher, TuneBridge
from sat_sweep.execution.ray_tune.cluster import Cluster
from sat_sweep.execution.ray_tune.quota import Quota
from sat_sweep.execution.ray_tune.scheduler import QueueScheduler
from sat_sweep.execution.ray_tune.startup_barrier import StartupBarrier
from sat_sweep.execution.ray_tune.trainable import ALONE
from sat_sweep.search.job import Job
from sat_sweep.training import Audience, EpochRecord, Follower


@dataclass
class FakeQueue:
    """Hands out `jobs`, takes in everything, and notes how jobs end."""

    jobs: list[Job] = field(default_factory=list)
    stopping: bool = False
    over: bool = False
    ends: list[tuple[str, Any]] = field(default_factory=list)

    def next_job(self) -> Job | None:
        return self.jobs.pop(0) if self.jobs else None

    def report(self, job: Job, records: list[EpochRecord]) -> bool:
        job.history += records
        return job.complete

    def wants(self, job: Job) -> bool:
        return True

    def finish(self, job: Job, error: str | None = None) -> None:
        self.ends.append(("finished", error))

    def give_back(self, job: Job) -> None:
        self.ends.append(("given back", job.name))

    def set_aside(self, job: Job, reason: str) -> None:
        self.ends.append(("set aside", reason))


@pytest.fixture
def job(trial: Any) -> Job:
    return Job("sat/x", "search", 3, {"sat.momentum": 0.7}, trial("sat", epochs=3),
               Audience((Follower("ce", {}),)))


@pytest.fixture
def queue(job: Job) -> FakeQueue:
    return FakeQueue([job])


class FakeRay:
    """Ray with a node that lives and one that is dead."""

    def __init__(self) -> None:
        self.known = {"1f": True, "2f": False}

    def nodes(self) -> list[dict[str, Any]]:
        return [{"NodeID": node, "Alive": alive, "Resources": {"CPU": 2.0, "GPU": 1.0}, "Labels": {}}
                for node, alive in self.known.items()]


@pytest.fixture
def ray() -> FakeRay:
    return FakeRay()


@pytest.fixture
def cluster(ray: FakeRay) -> Cluster:
    """Its trials share a GPU."""
    return Cluster(ray, Resources(gpus=0.5))


@pytest.fixture
def quota(cluster: Cluster) -> Quota:
    """Of a sweep that has the cluster to itself."""
    return Quota(cluster, None, cluster.claim("ours", 1.0), lambda: 1)


@pytest.fixture
def bridge(queue: FakeQueue, cluster: Cluster, quota: Quota) -> TuneBridge:
    """One worker; trial "t" has been given the job."""
    bridge = TuneBridge(queue, StartupBarrier(1), cluster, quota)  # type: ignore[arg-type]
    QueueSearcher(bridge).suggest("t")
    return bridge


def result(*epochs: int, **changes: Any) -> dict[str, Any]:
    """What Ray Tune passes on of a step."""
    records = tuple(EpochRecord(epoch, {"val/noisy_accuracy": 0.5}, "s", acts=True, trained=epoch > 1)
                    for epoch in epochs)
    place = {"hostname": "host", "pid": changes.pop("pid", 1), "node": changes.pop("node", "1f")}
    return {"message": ProgressMessage(5.0, 6.0, records, **changes).encode(), **place}


def test_a_job_becomes_a_message(queue: FakeQueue, bridge: TuneBridge, job: Job) -> None:
    queue.jobs = [job]
    config = QueueSearcher(bridge).suggest("u")
    assert isinstance(config, dict)
    assert (set(config), config["job"]) == ({"job", "message"}, "sat/x/search-0003")
    assert JobMessage.decode(config["message"]) == JobMessage.of(job)
    assert bridge.jobs["u"] is job


def test_without_a_job_it_waits_and_at_the_end_says_so(queue: FakeQueue, bridge: TuneBridge) -> None:
    searcher = QueueSearcher(bridge)
    assert searcher.suggest("u") is None
    queue.over = True
    assert searcher.suggest("u") == Searcher.FINISHED


def test_records_are_passed_on_with_whether_they_were_trained(bridge: TuneBridge, job: Job) -> None:
    assert not bridge.take("t", result(1, 2))
    assert [(record.epoch, record.trained) for record in job.history] == [(1, False), (2, True)]


def test_a_job_has_started_when_its_worker_says_so(bridge: TuneBridge, job: Job) -> None:
    assert job.started is None
    bridge.take("t", result())
    assert (job.started, job.ended) == (5.0, 6.0)
    lose(bridge)
    assert job.started is None


def test_facts_stay_known(bridge: TuneBridge, job: Job) -> None:
    expected = {"error_rate": 0.4, "transition": [[1.0]], "versions": {"torch": "2", "numpy": "1"}}
    bridge.take("t", result(1, facts=expected))
    assert job.facts == expected
    bridge.take("t", result(2))
    assert job.facts == expected


def test_the_last_epoch_ends_the_trial(queue: FakeQueue, bridge: TuneBridge) -> None:
    assert bridge.take("t", result(1, 2, 3))
    bridge.close("t", lost=False)
    assert queue.ends == [("finished", None)]
    assert not bridge.jobs


def test_who_is_done_waits_for_workers_that_are_still_starting(
        queue: FakeQueue, job: Job, cluster: Cluster, quota: Quota) -> None:
    queue.jobs = [job, job]
    bridge = TuneBridge(queue, StartupBarrier(2), cluster, quota)  # type: ignore[arg-type]
    for name in "tu":
        QueueSearcher(bridge).suggest(name)
    assert not bridge.take("t", result(1, 2, 3, finished=True))
    bridge.take("u", result(pid=2))
    assert bridge.take("t", result(finished=True))


def test_stopping_ends_trials_where_they_are(queue: FakeQueue, bridge: TuneBridge) -> None:
    queue.stopping = True
    assert bridge.take("t", result(1))
    bridge.close("t", lost=False)
    assert queue.ends == [("given back", "sat/x/search-0003")]


def test_what_python_raised_in_the_worker_is_the_reason(queue: FakeQueue, bridge: TuneBridge) -> None:
    assert bridge.take("t", result(1, finished=True, error="ValueError: no"))
    bridge.close("t", lost=False)
    assert queue.ends == [("finished", "ValueError: no")]


def lose(bridge: TuneBridge, words: str | None = None) -> None:
    """The worker of trial "t" is gone, and with it the trial; Ray Tune writes down what it knows."""
    with NamedTemporaryFile("w") as file:
        file.write(words or "")
        file.flush()
        told: Any = SimpleNamespace(trial_id="t", error_file=file.name if words else None)
        scheduler(bridge).on_trial_error(None, told)
    QueueSearcher(bridge).on_trial_complete("t", error=True)


def lose_often(times: int, bridge: TuneBridge, queue: FakeQueue, job: Job, words: str | None = None) -> None:
    for attempt in range(times):
        if attempt:
            queue.jobs = [job]
            QueueSearcher(bridge).suggest("t")
        lose(bridge, words)


def scheduler(bridge: TuneBridge) -> QueueScheduler:
    workers: Any = SimpleNamespace(update=lambda: 1)
    return QueueScheduler(bridge, workers, bridge.quota, "request")


def test_a_trial_that_is_lost_too_often_is_set_aside_for_what_ray_says(
        queue: FakeQueue, bridge: TuneBridge, job: Job) -> None:
    lose_often(RETRIES, bridge, queue, job, "long story\nno space left\n")
    assert queue.ends == [("given back", job.name)] * RETRIES
    queue.jobs = [job]
    QueueSearcher(bridge).suggest("t")
    lose(bridge, "long story\nno space left\n")
    assert queue.ends[-1] == ("set aside", "ended 6 times by the machine: no space left")


def test_a_trial_whose_epochs_do_not_end_is_tried_twice_and_has_failed(
        queue: FakeQueue, bridge: TuneBridge, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its worker has said so before it ended itself; of the process that is gone Ray knows nothing."""
    monkeypatch.setattr("sat_sweep.execution.ray_tune.bridge.left", lambda trial: "an epoch did not end within 600 s")
    lose_often(1, bridge, queue, job, "the actor died")
    assert queue.ends == [("given back", job.name)]
    queue.jobs = [job]
    QueueSearcher(bridge).suggest("t")
    lose(bridge, "the actor died")
    assert queue.ends[-1] == ("finished", "an epoch did not end within 600 s")


def test_a_trial_that_ray_gives_up_without_a_word_is_issued_again(
        queue: FakeQueue, bridge: TuneBridge, job: Job) -> None:
    bridge.close("t", lost=True)
    assert queue.ends == [("given back", job.name)]


def test_a_node_that_vanishes_costs_no_attempt(queue: FakeQueue, bridge: TuneBridge, job: Job, ray: FakeRay) -> None:
    """By where the worker said it was, or by the node that Ray's error names if it never said anything."""
    ray.known["1f"] = False
    lose_often(2 * RETRIES, bridge, queue, job, "its node has died. Node Id: 2f\nheartbeats are missing")
    for _ in range(2 * RETRIES):
        queue.jobs = [job]
        QueueSearcher(bridge).suggest("t")
        bridge.take("t", result(node="1f"))
        lose(bridge, "the actor died")
    assert {end for end, _ in queue.ends} == {"given back"}


def test_a_node_may_be_known_to_be_dead_only_later(
        queue: FakeQueue, bridge: TuneBridge, job: Job, ray: FakeRay) -> None:
    for _ in range(RETRIES):
        bridge.take("t", result(node="1f"))
        lose(bridge, "the process is gone")
        queue.jobs = [job]
        QueueSearcher(bridge).suggest("t")
    ray.known["1f"] = False
    lose(bridge, "the process is gone")
    assert queue.ends[-1] == ("given back", job.name)


OUT_OF_MEMORY = "a traceback\ntorch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB"


def test_out_of_a_gpus_memory_it_is_tried_alone(queue: FakeQueue, bridge: TuneBridge, job: Job) -> None:
    lose(bridge, OUT_OF_MEMORY)
    assert queue.ends == [("given back", job.name)]
    queue.jobs = [job]
    config = QueueSearcher(bridge).suggest("t")
    assert isinstance(config, dict)
    assert config[ALONE]


def test_nothing_else_begins_while_it_waits_for_a_device_of_its_own(
        queue: FakeQueue, bridge: TuneBridge, job: Job, trial: Any) -> None:
    lose(bridge, OUT_OF_MEMORY)
    other = Job("sat/x", "search", 4, {}, trial("sat"))
    queue.jobs = [job, other]
    searcher = QueueSearcher(bridge)
    assert searcher.suggest("t") is not None
    assert (searcher.suggest("u"), bridge.clearing) == (None, True)
    bridge.take("t", result())
    assert not bridge.clearing
    config = searcher.suggest("u")
    assert isinstance(config, dict)
    assert ALONE not in config


def test_nobody_keeps_a_part_of_the_device_that_another_waits_for(
        queue: FakeQueue, job: Job, cluster: Cluster, quota: Quota, trial: Any) -> None:
    """Its worker cannot start before that: waiting for it would be waiting for oneself."""
    queue.jobs = [job, Job("sat/x", "search", 4, {}, trial("sat"), alone=True)]
    bridge = TuneBridge(queue, StartupBarrier(2), cluster, quota)  # type: ignore[arg-type]
    for name in "tu":
        QueueSearcher(bridge).suggest(name)
    assert bridge.take("t", result(1, 2, 3, finished=True))


def test_nor_does_a_trial_keep_the_device_that_it_has_alone(
        queue: FakeQueue, job: Job, cluster: Cluster, quota: Quota, trial: Any) -> None:
    job.alone = True
    queue.jobs = [Job("sat/x", "search", 4, {}, trial("sat")), job]
    bridge = TuneBridge(queue, StartupBarrier(2), cluster, quota)  # type: ignore[arg-type]
    for name in "tu":
        QueueSearcher(bridge).suggest(name)
    assert bridge.take("u", result(1, 2, 3, finished=True))


def test_out_of_memory_alone_is_its_own_failure(queue: FakeQueue, bridge: TuneBridge, job: Job) -> None:
    lose_often(2, bridge, queue, job, OUT_OF_MEMORY)
    assert queue.ends == [("given back", job.name), ("finished", OUT_OF_MEMORY.splitlines()[-1])]


def test_no_more_trials_than_allowed_are_issued(queue: FakeQueue, job: Job, cluster: Cluster, quota: Quota) -> None:
    bridge = TuneBridge(queue, StartupBarrier(1), cluster, quota, most=1)  # type: ignore[arg-type]
    queue.jobs = [job, job]
    searcher = QueueSearcher(bridge)
    assert searcher.suggest("t") is not None
    assert searcher.suggest("u") is None
    bridge.close("t", lost=False)
    assert searcher.suggest("u") is not None


def test_a_loss_that_was_mended_is_no_reason(queue: FakeQueue, bridge: TuneBridge, job: Job) -> None:
    lose(bridge)
    queue.jobs = [job]
    QueueSearcher(bridge).suggest("t")
    bridge.take("t", result(1, 2, 3))
    QueueSearcher(bridge).on_trial_complete("t")
    assert queue.ends == [("given back", job.name), ("finished", None)]


def test_a_lost_worker_is_no_longer_present(bridge: TuneBridge) -> None:
    bridge.take("t", result(1))
    assert not bridge.barrier.hold(1)
    lose(bridge)
    assert bridge.barrier.hold(1)


def test_the_scheduler_obeys(bridge: TuneBridge) -> None:
    obeying, told = scheduler(bridge), SimpleNamespace(trial_id="t")
    assert obeying.on_trial_result(None, told, result(1)) == TrialScheduler.CONTINUE
    assert obeying.on_trial_result(None, told, result(2, 3)) == TrialScheduler.STOP


def test_results_are_not_kept(bridge: TuneBridge) -> None:
    seen = result(1, facts={"error_rate": 0.4})
    scheduler(bridge).on_trial_complete(None, SimpleNamespace(trial_id="t", last_result=seen), dict(seen))
    assert "message" not in seen


def test_nothing_is_pickled_for_a_restore(bridge: TuneBridge) -> None:
    assert type(pickle.loads(pickle.dumps(bridge))) is object
    assert type(pickle.loads(pickle.dumps(scheduler(bridge)))) is object
