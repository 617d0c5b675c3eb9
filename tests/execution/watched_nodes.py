"""A Ray cluster of separate processes whose nodes come and go, and workers that write down where they train."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.execution.sweeps import Lab, descendants

QUICKLY = {"RAY_health_check_initial_delay_ms": "1000", "RAY_health_check_period_ms": "500",
           "RAY_health_check_failure_threshold": "6"}
"""A node counts as dead after three seconds of silence, not after a quarter of a minute."""
RETRIES = 1
"""So often a trial may lose its machine here before it is left alone: each loss takes the start of a worker."""
CUSTOMIZATION = """\
import os, sys, time

words = " ".join(sys.orig_argv)
if "sat_sweep launch" in words:
    from sat_sweep.execution import failures

    failures.RETRIES = {retries}
if "default_worker" in words:
    from sat_sweep.training.run import TrainingRun

    def watched(self, epoch, train=TrainingRun.train_epoch):
        import ray, torch
        here = ray.get_runtime_context()
        share = here.get_assigned_resources().get("share", 0.0)
        with open({folder!r} + "/epochs", "a") as file:
            file.write(f"{{here.get_node_id()}} {{os.getpid()}} {{self.spec.method}} {{epoch}} {{share}}\\n")
        if self.spec.method == "gce" or (self.spec.method == "sat" and 0 < share < 1):
            raise torch.cuda.OutOfMemoryError("CUDA out of memory, as far as this test is concerned")
        time.sleep(float(open({folder!r} + "/seconds").read()))
        return train(self, epoch)

    TrainingRun.train_epoch = watched
"""


class Epoch(NamedTuple):
    """Where an epoch was trained, and what share of a device the trial had."""

    node: str
    pid: int
    method: str
    epoch: int
    share: float


@dataclass
class WatchedCluster:
    """A head without a CPU and nodes beside it; epochs are noted in `folder`."""

    cluster: Any
    folder: Path

    @property
    def address(self) -> str:
        """What `--address` takes."""
        return str(self.cluster.address)

    def add(self, cpus: int, **further: Any) -> Any:
        """A further node, once it is alive."""
        return self.cluster.add_node(num_cpus=cpus, **further)

    def kill(self, node: Any) -> None:
        """kill -9 on the node's raylet; nothing of it says goodbye."""
        os.kill(node.all_processes["raylet"][0].process.pid, signal.SIGKILL)
        self.cluster.remove_node(node, allow_graceful=False)

    def stop(self, node: Any, *, workers: bool) -> list[int]:
        """SIGSTOP to the node's raylet, and with `workers` to all that it has started; what was stopped."""
        raylet = node.all_processes["raylet"][0].process.pid
        stopped = [raylet, *(descendants(raylet) if workers else ())]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        return stopped

    def wake(self, stopped: list[int]) -> None:
        """SIGCONT to what was stopped and is still there."""
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def epochs(self) -> list[Epoch]:
        """Everything that was trained since the last `forget`, in order."""
        file = self.folder / "epochs"
        lines = file.read_text().splitlines() if file.exists() else []
        return [Epoch(node, int(pid), method, int(epoch), float(share))
                for node, pid, method, epoch, share in map(str.split, lines)]

    def forget(self, seconds: float = 0.0) -> None:
        """Forget what was trained; from now on an epoch takes so much longer."""
        (self.folder / "epochs").unlink(missing_ok=True)
        (self.folder / "seconds").write_text(str(seconds))

    @contextmanager
    def node(self, cpus: int, **further: Any) -> Iterator[Any]:
        """A node that goes in the end."""
        node = self.add(cpus, **further)
        try:
            yield node
        finally:
            self.cluster.remove_node(node)


@contextmanager
def watched_cluster(folder: Path) -> Iterator[WatchedCluster]:
    """A cluster that ends with the test, each process of it with what makes workers write down their epochs."""
    from ray.cluster_utils import Cluster

    (folder / "sitecustomize.py").write_text(CUSTOMIZATION.format(folder=str(folder), retries=RETRIES))
    before = dict(os.environ)
    os.environ |= {**QUICKLY, "PYTHONPATH": str(folder)}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    watched = WatchedCluster(cluster, folder)
    watched.forget()
    try:
        yield watched
    finally:
        cluster.shutdown()
        os.environ.clear()
        os.environ |= before


def most_at_a_time(lab: Lab, since: float = 0.0, until: float = math.inf) -> int:
    """How many of the trials that began between two moments ran side by side, by the workers' own clock."""
    results = [result for result in lab.sweep.results() if since <= result.started < until]
    moments = sorted([(r.started, 1) for r in results] + [(r.ended, -1) for r in results])
    return max((sum(step for _, step in moments[:place]) for place in range(1, len(moments) + 1)), default=0)
