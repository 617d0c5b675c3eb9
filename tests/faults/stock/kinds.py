"""The faults that mean something to a Ray Tune program, by name; each at the moment at which it meets sat-sweep."""

from __future__ import annotations

import signal
import subprocess

from tests.faults import disks, files, processes, servers
from tests.faults.kinds import Kind
from tests.faults.round import Launch
from tests.faults.stock.round import StockRound

WORKER = "ray::ImplicitFunc"


def nothing(_: StockRound) -> None:
    """Two undisturbed runs must be equal, or nothing else can be compared."""


def launch_twice(this: StockRound) -> None:
    """The same command beside itself."""
    this.moment()
    second = subprocess.run(this.launching(), cwd=this.folder, env=this.variables, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=this.patience)
    this.beside.append(Launch(second.returncode, second.stdout + second.stderr))


KINDS: dict[str, Kind] = {
    "nothing": Kind(nothing),
    "driver killed": Kind(processes.kill_driver),
    "worker killed": Kind(processes.kill_one_of(WORKER)),
    "raylet killed": Kind(processes.kill_part("raylet")),
    "control service killed": Kind(processes.kill_part("control service")),
    "everything killed": Kind(processes.kill_everything),
    "SIGTERM": Kind(processes.ask(signal.SIGTERM)),
    "SIGINT": Kind(processes.ask(signal.SIGINT)),
    "two launches": Kind(launch_twice),
    "experiment state damaged": Kind(files.damage_at("ray/stock/*state*")),
    "disk full and enlarged": Kind(disks.full_and_enlarged, how={"disk": "24m"}),
    "a trial hangs": Kind(nothing, how={"environment": {"HANGS": "1"}}),
    "MLflow hangs": Kind(servers.out("hangs"), around=servers.mlflow_behind_a_proxy),
    "MLflow out from the start": Kind(servers.out("refuses", from_the_start=True),
                                      around=servers.mlflow_behind_a_proxy),
}
