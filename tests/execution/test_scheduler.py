"""What Ray Tune is told to do where a sweep has to share, without Ray running."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from ray.tune.schedulers import TrialScheduler

from sat_sweep.execution.ray_tune.bridge import QueueSearcher, TuneBridge
from sat_sweep.execution.ray_tune.scheduler import QueueScheduler
from sat_sweep.execution.ray_tune.startup_barrier import StartupBarrier
from sat_sweep.search.job import Job
from tests.execution.test_bridge import FakeQueue, result


@dataclass
class Trial:
    """As far as a scheduler cares."""

    trial_id: str
    status: str = "PENDING"
    error_file: str = ""
    last_result: dict[str, Any] = field(default_factory=dict)
    folder: bool = False

    def init_local_path(self) -> None:
        self.folder = True


class Controller:
    """Ray Tune's, with the insides that `ray_internals` reaches into; `live` actors have resources."""

    def __init__(self, searcher: QueueSearcher, live: int) -> None:
        self.searcher, self.trials, self.kept = searcher, list[Trial](), 0
        self._actor_cache = SimpleNamespace(increase_max=self._increase, _may_keep_one=True)
        self._actor_manager = SimpleNamespace(num_live_actors=live)
        self._stopping_actors: list[Any] = []
        self._staged_trials: list[Trial] = []
        self._resetting_trials: list[Trial] = []

    def _increase(self, request: str, by: int) -> None:
        self.kept += by

    def _unstage_trial_with_resources(self, trial: Trial) -> None:
        self._staged_trials.remove(trial)

    def get_trials(self) -> list[Trial]:
        return self.trials

    def stop_trial(self, trial: Trial) -> None:
        assert trial.folder or trial.status == "RUNNING", "in the end Ray Tune names the folder of every trial"
        trial.status = "TERMINATED"
        self.searcher.on_trial_complete(trial.trial_id)

    def add(self, name: str) -> Trial:
        """A further trial, which waits for an actor."""
        assert self.searcher.suggest(name) is not None
        self.trials.append(Trial(name))
        self._staged_trials.append(self.trials[-1])
        return self.trials[-1]


@dataclass
class FakeQuota:
    """A quota of which the test says what it is."""

    limit: float = math.inf
    asked: float = math.inf
    overdue: int = 0
    weight: float = 1.0
    shared: bool = True
    told: list[int] = field(default_factory=list)

    @property
    def alone(self) -> bool:
        return math.isinf(self.limit)

    def update(self, holds: int) -> None:
        self.told.append(holds)


@dataclass
class Setup:
    """A sweep with four workers, `a` to `d` running on them, and two trials more in line."""

    queue: Any
    quota: FakeQuota
    bridge: TuneBridge
    scheduler: QueueScheduler
    controller: Controller

    def step(self) -> None:
        self.scheduler.choose_trial_to_run(self.controller)

    def limit(self, workers: int, asked: int) -> None:
        self.quota.limit, self.quota.asked = workers, asked

    @property
    def given_back(self) -> list[str]:
        return [name[-4:] for kind, name in self.queue.ends if kind == "given back"]


@pytest.fixture
def setup(trial: Any) -> Setup:
    jobs = [Job("sat/x", "search", number, {}, trial("sat", epochs=3)) for number in range(9)]
    queue: Any = FakeQueue(jobs)
    queue.plan = SimpleNamespace(side_by_side=4)
    quota, cluster = FakeQuota(), SimpleNamespace(shares=False, is_there=lambda node: True)
    bridge = TuneBridge(queue, StartupBarrier(4), cluster, quota)  # type: ignore[arg-type]
    workers: Any = SimpleNamespace(update=lambda: 4, count=4, room=4)
    scheduler = QueueScheduler(bridge, workers, quota, "request")  # type: ignore[arg-type]
    controller = Controller(QueueSearcher(bridge), live=4)
    for place, name in enumerate("abcdef"):
        made = controller.add(name)
        if place < 4:
            made.status = "RUNNING"
            controller._staged_trials.remove(made)
            bridge.take(name, result(pid=place, node="1f") | {"message": started_at(100.0 + place)})
    return Setup(queue, quota, bridge, scheduler, controller)


def started_at(when: float) -> str:
    from sat_sweep.execution.messages import ProgressMessage

    return ProgressMessage(when, when).encode()


def test_alone_it_keeps_all_workers_and_issues_in_advance(setup: Setup) -> None:
    setup.step()
    assert (setup.controller.kept, setup.given_back) == (4, [])
    assert setup.controller._actor_cache._may_keep_one
    assert setup.quota.told == [4]


def test_what_waits_in_line_is_given_back_in_its_order(setup: Setup) -> None:
    setup.limit(2, asked=2)
    setup.step()
    assert setup.given_back == ["0005", "0004"], "so that the fourth is the first to be issued again"
    assert [trial.status for trial in setup.controller.trials] == ["RUNNING"] * 4 + ["TERMINATED"] * 2
    assert setup.controller._staged_trials == []
    assert QueueSearcher(setup.bridge).suggest("g") is None


def test_a_trial_that_an_actor_is_being_given_to_is_left_alone(setup: Setup) -> None:
    setup.controller._resetting_trials = setup.controller.trials[4:]
    setup.limit(2, asked=2)
    setup.step()
    assert setup.given_back == []


def test_workers_beyond_the_share_are_let_go_as_their_trials_end(setup: Setup) -> None:
    setup.limit(3, asked=3)
    setup.step()
    setup.step()
    assert (setup.controller.kept, setup.controller._actor_cache._may_keep_one) == (0, False)
    kept = []
    for trial in setup.controller.trials[:3]:
        setup.scheduler.on_trial_complete(setup.controller, trial, {})
        kept.append(setup.controller.kept)
        setup.controller.stop_trial(trial)
    assert kept == [0, 1, 2], "of the four one goes, those that end after it may wait for a trial"


def test_everything_comes_back_when_the_others_have_gone(setup: Setup) -> None:
    setup.limit(2, asked=2)
    setup.step()
    setup.limit(math.inf, asked=math.inf)  # type: ignore[arg-type]
    setup.step()
    assert setup.controller.kept == 4
    assert QueueSearcher(setup.bridge).suggest("g") is not None


def test_the_status_and_the_budget_hear_of_it(setup: Setup) -> None:
    setup.limit(3, asked=3)
    setup.controller._stopping_actors = ["one that ends"]
    setup.step()
    assert setup.queue.workers == 3
    assert setup.queue.share.to_json() == {"workers": 3, "share": 3, "of": 4, "weight": 1.0}


def test_of_a_machine_of_its_own_nothing_is_said(setup: Setup) -> None:
    setup.quota.shared = False
    setup.step()
    assert setup.queue.share is None


def test_the_trials_that_started_last_are_interrupted_first(setup: Setup) -> None:
    setup.quota.overdue = 2
    decisions = {name: setup.scheduler.on_trial_result(None, SimpleNamespace(trial_id=name), result(1) | {
        "message": started_at(100.0 + place)}) for place, name in enumerate("abcd")}
    assert decisions == {"a": TrialScheduler.CONTINUE, "b": TrialScheduler.CONTINUE,
                         "c": TrialScheduler.STOP, "d": TrialScheduler.STOP}
    assert setup.quota.overdue == 0
    setup.bridge.close("d", lost=False)
    assert setup.given_back == ["0003"], "it goes on from its stored state, and that is no attempt"
