"""What Ray Tune does with trials, as the queue and the sweep's part of the cluster want it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from sat_sweep.execution.ray_tune.bridge import TuneBridge
from sat_sweep.execution.ray_tune.ray_internals import (
    keep_workers,
    kill_worker,
    let_wait,
    spare_no_worker,
    take_back,
    workers_held,
)
from sat_sweep.home.status import WorkerShare

if TYPE_CHECKING:
    from sat_sweep.config.plan import Plan
    from sat_sweep.execution.ray_tune.quota import Quota
    from sat_sweep.execution.ray_tune.workers import Workers


def pending(workers: int, plan: Plan) -> int:
    """How many trials to let wait for resources that `workers` may have to offer; all that can run, where none are."""
    return workers or plan.side_by_side


class QueueScheduler(FIFOScheduler):
    """Lets the queue see every result and end trials, and Ray Tune keep as many `workers` as its `quota` allows.

    `request` is what a trial asks Ray for.
    """

    def __init__(self, bridge: TuneBridge, workers: Workers, quota: Quota, request: Any) -> None:
        super().__init__()
        self.bridge, self.workers, self.quota, self.request = bridge, workers, quota, request
        self._kept = self._expected = self._pending = 0

    def __reduce__(self) -> tuple[type, tuple[()]]:
        """Nothing is pickled for a restore."""
        return object, ()

    def choose_trial_to_run(self, tune_controller: Any) -> Any:
        """As usual; Ray Tune asks ten times a second, which is when nodes and other sweeps come and go."""
        count, held = self.workers.update(), workers_held(tune_controller, len(self.bridge.jobs))
        self.quota.update(held)
        self.bridge.queue.workers = max(1, int(min(count, self.quota.limit)))
        self.bridge.queue.share = self._share(held)
        self._keep(tune_controller, len(self.bridge.jobs))
        self._expect(tune_controller, count, held)
        for trial in self.bridge.beyond(self.quota.asked):
            take_back(tune_controller, trial)
        for trial in self.bridge.silence.overdue():
            kill_worker(tune_controller, trial)
        return super().choose_trial_to_run(tune_controller)

    def _share(self, held: int) -> WorkerShare | None:
        """What the status says of it; nothing on a machine of its own."""
        if not self.quota.shared:
            return None
        most = int(min(self.workers.count, self.quota.limit))
        return WorkerShare(held, most, self.workers.room, self.quota.weight)

    def _keep(self, tune_controller: Any, jobs: int) -> None:
        """Keep workers that have no trial now: all where the sweep is alone, else no more than it may have."""
        keep = self.workers.count if self.quota.alone else max(0, int(self.quota.limit) - jobs)
        keep = 0 if self.bridge.clearing else keep
        if not self.quota.alone:
            spare_no_worker(tune_controller)
        keep_workers(tune_controller, self.request, keep - self._kept)
        self._kept = keep

    def _expect(self, tune_controller: Any, count: int, held: int) -> None:
        expected = count if self.quota.alone else held
        if expected != self._expected:
            self.bridge.barrier.expect(expected)
        if count != self._pending:
            let_wait(tune_controller, pending(count, self.bridge.queue.plan))
        self._expected, self._pending = expected, count

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """STOP where the queue says so, or where other sweeps have waited long enough for a worker."""
        ends = self.bridge.take(trial.trial_id, result)
        if not ends and self.quota.overdue and self.bridge.is_youngest(trial.trial_id, self.quota.overdue):
            self.quota.overdue -= 1
            ends = True
        return str(TrialScheduler.STOP if ends else TrialScheduler.CONTINUE)

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
        """Drop what has been taken in, so that the driver does not grow with every epoch."""
        trial.last_result.pop("message", None)
        if not self.quota.alone:
            self._keep(tune_controller, len(self.bridge.jobs) - 1)  # before Ray Tune looks whether it keeps the worker

    def on_trial_error(self, tune_controller: Any, trial: Any) -> None:
        """A worker was lost: note what Ray says of it, which is in a file here before it is in Ray Tune's storage."""
        file = trial.error_file and Path(trial.error_file)
        self.bridge.note_loss(trial.trial_id, file.read_text() if file and file.exists() else "the worker was lost")
