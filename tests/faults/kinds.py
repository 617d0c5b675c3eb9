"""Every kind of fault, by name."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from sat_sweep.errors import ExitStatus
from tests.faults import budgets, clocks, databases, disks, files, object_stores, postgres, processes, servers
from tests.faults.round import ENDED_BY_RAY, Round


@dataclass(frozen=True)
class Kind:
    """A `fault` that is done to a round under way; `how` the round is run, `statuses` with which launches may end.

    A fault of a `serial` kind is the same with Ray and without, and cheaper without.
    """

    fault: Callable[[Round], None]
    serial: bool = False
    statuses: frozenset[int] = frozenset({ExitStatus.DONE})
    how: dict[str, Any] = field(default_factory=dict)
    damages: bool = False
    """Whether files are damaged, some of which nobody may look at again."""
    one_clock: bool = True
    """Whether times of trials can be compared with each other."""
    around: Callable[[], AbstractContextManager[dict[str, Any]]] = lambda: nullcontext({})
    """What must be there meanwhile, and how a round is run then."""


KILLED = frozenset({ExitStatus.DONE, -signal.SIGKILL})
STOPPED = frozenset({ExitStatus.DONE, ExitStatus.INTERRUPTED})
WITHOUT_RAY = STOPPED | {ENDED_BY_RAY}
AWAY = STOPPED | {ExitStatus.USER_INPUT}
"""Of a service that is away: a command that finds it so when it starts says that, and what to check."""

KINDS: dict[str, Kind] = {
    "driver killed": Kind(processes.kill_driver, statuses=KILLED),
    "worker killed": Kind(processes.kill_part("worker")),
    "raylet killed": Kind(processes.kill_part("raylet"), statuses=WITHOUT_RAY),
    "control service killed": Kind(processes.kill_part("control service"), statuses=WITHOUT_RAY),
    "Ray's agent killed": Kind(processes.kill_part("agent"), statuses=STOPPED),
    "mirror killed": Kind(processes.kill_part("mirror"), serial=True),
    "everything killed": Kind(processes.kill_everything, statuses=KILLED),
    "killed again and again": Kind(processes.kill_again_and_again, statuses=KILLED | WITHOUT_RAY),
    "SIGTERM": Kind(processes.ask(signal.SIGTERM), statuses=STOPPED),
    "SIGINT": Kind(processes.ask(signal.SIGINT), statuses=STOPPED),
    "SIGINT twice": Kind(processes.ask(signal.SIGINT, signal.SIGINT), statuses=STOPPED),
    "SIGHUP": Kind(processes.ask(signal.SIGHUP), serial=True, statuses=STOPPED),
    "SIGSTOP": Kind(processes.stop_for_a_while),
    "SIGSTOP for minutes": Kind(processes.stop_for_a_while, how={"pause": 130.0}),
    "worker stopped for ever": Kind(processes.signal_to_one_of(signal.SIGSTOP, *processes.PARTS["worker"]),
                                    how={"environment": {"EPOCH_SECONDS": "8"}}),
    "two launches": Kind(processes.launch_twice, serial=True),
    **{f"{kind} damaged": Kind(files.damage(kind), serial=True, statuses=KILLED, damages=True)
       for kind in files.PLACES},
    "trajectories deleted": Kind(files.delete_trajectories, serial=True),
    "databases locked": Kind(databases.locked("studies.db", "mlflow.db"), serial=True),
    "databases locked for a minute": Kind(databases.locked("studies.db", "mlflow.db"), serial=True,
                                          how={"pause": 58.0}),
    "disk full and enlarged": Kind(disks.full_and_enlarged, serial=True, statuses=STOPPED, how={"disk": "24m"}),
    "disk full from the start": Kind(disks.full_from_the_start, serial=True, statuses=KILLED | STOPPED,
                                     how={"disk": "24m"}),
    "home read-only": Kind(disks.read_only, serial=True, statuses=KILLED | STOPPED, how={"disk": "24m"}),
    "MLflow out from the start": Kind(servers.out("refuses", from_the_start=True), serial=True, statuses=KILLED,
                                      around=servers.mlflow_behind_a_proxy),
    **{f"MLflow {mode}": Kind(servers.out(mode), serial=True, around=servers.mlflow_behind_a_proxy)
       for mode in ("refuses", "wrong", "hangs", "slow")},
    **{f"PostgreSQL {what}": Kind(fault, serial=True, statuses=AWAY, around=postgres.studies_in_postgres)
       for what, fault in (("restarted", postgres.restarted), ("stopped", postgres.stopped),
                           ("connections cut", postgres.connections_cut))},
    **{f"object store {mode}": Kind(object_stores.troubled(mode), serial=True, statuses=AWAY,
                                    around=object_stores.home_behind_a_proxy)
       for mode in ("busy", "loses", "late", "refuses")},
    "budget runs out": Kind(budgets.runs_out, serial=True, statuses=KILLED, how={"text": budgets.SMALLEST}),
    "clock jumps forwards": Kind(clocks.jump(1), serial=True, one_clock=False, around=clocks.of_its_own),
    "clock jumps backwards": Kind(clocks.jump(-1), serial=True, one_clock=False, around=clocks.of_its_own),
    "clock jumps there and back": Kind(clocks.jump(1, -1), one_clock=False, around=clocks.of_its_own),
    **{f"workers' clocks {word}": Kind(clocks.apart, statuses=KILLED, how={"environment": {"WORKERS_CLOCK": seconds}})
       for word, seconds in (("fast", "3600"), ("slow", "-3600"))},
    "home gone and back": Kind(files.move_home, serial=True, statuses=STOPPED),
}
