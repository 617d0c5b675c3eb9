"""An hour of sweeps under random kills: `python -m tests.faults.soak --minutes 60 --record soak.jsonl`.

The service of a team (`sat-sweep serve`: Ray, MLflow, Optuna's dashboard) is up all the time. Sweep after sweep is
sent to it, and now and then a driver, a worker, a mirror or MLflow's server is killed; what dies is launched again
until it is done. After each the results must be those of an undisturbed sweep, `doctor` must find nothing, and what
the service uses while nothing runs is a line of the record. Status 1 if any of this fails, or if more is used in the
end than after the first sweeps: `LIMITS`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sat_sweep.home import Home
from sat_sweep.home.key import use_key_in
from sat_sweep.service.members import free_port, private_folder
from tests.execution.sweeps import timeless
from tests.faults.processes import PARTS
from tests.faults.round import ROOT, SPACE, command_line, marked, undisturbed
from tests.faults.use import Use

VICTIMS = {"driver": ("arrival.py",), "worker": PARTS["worker"], "mirror": PARTS["mirror"],
           "MLflow": ("sat_sweep.tracking.server",)}
"""Who is killed, by words of the command line."""
WARM = 3
"""After so many sweeps every part of the service has been used, and killed, once."""
LAUNCHES = 12
SECONDS = (5, 25)
"""Between two kills: a driver needs ten to get to work on two slow cores."""
LIMITS = {"processes": 0, "handles": 20, "memory": 150, "shared": 1, "disk": 200}
"""By how much the end may be above the beginning: Ray keeps logs, MLflow and Optuna records of each sweep."""


class Service:
    """A team's service in a folder; whatever it starts has its mark in the environment."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home, self.mark = folder, folder / "h", f"SAT_SWEEP_SOAK={folder.name}"
        self.ports = {name: free_port() for name in ("ray", "mlflow", "optuna")}
        (folder / "t").mkdir()
        self.variables = {**os.environ, "TMPDIR": str(folder / "t"), "PYTHONPATH": str(ROOT),
                          self.mark.partition("=")[0]: folder.name, "SAT_SWEEP_HOME": str(self.home)}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of ours, to its end."""
        return subprocess.run([sys.executable, "-m", "sat_sweep", *words], cwd=self.folder, env=self.variables,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900)

    @contextmanager
    def up(self) -> Iterator[None]:
        """Meanwhile it serves."""
        ports = [word for name, port in self.ports.items() for word in (f"--{name}-port", str(port))]
        try:
            started = self.run("serve", *ports)
            assert started.returncode == 0, started.stdout + started.stderr
            use_key_in(self.home)  # results are signed with it
            token = (self.home / ".service/token").read_text().strip()
            self.variables |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token,
                               "MLFLOW_TRACKING_USERNAME": "sat-sweep", "MLFLOW_TRACKING_PASSWORD": token}
            yield
            stopped = self.run("serve", "--stop")
            assert stopped.returncode == 0, stopped.stdout + stopped.stderr
        finally:
            for pid in self.processes():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def processes(self, *words: str) -> list[int]:
        """Those of the service, and of what was sent to it, with all of `words` in their command line."""
        return [pid for pid in marked(self.mark) if all(word in command_line(pid) for word in words)]

    def use(self, processes: int | None, patience: float = 120.0) -> Use:
        """What it uses while nothing runs: once it has no more than so many `processes`, or patience has ended."""
        end = time.monotonic() + patience
        while True:
            time.sleep(5)
            use = Use.of(self.processes(), self.folder, private_folder(self.home / ".service"))
            if processes is None or use.processes <= processes or time.monotonic() > end:
                return use


def one_sweep(service: Service, number: int, choice: random.Random, expected: Mapping[str, Any]) -> dict[str, Any]:
    """Send a sweep, kill until it is done, and look at what is left; then its epochs are forgotten."""
    name, file = f"tiny-{number}", service.folder / "space.yaml"
    file.write_text(SPACE.replace("name: tiny\n", f"name: {name}\n", 1))
    address, statuses, killed = f"http://127.0.0.1:{service.ports['ray']}", list[int](), list[str]()
    while not statuses or (statuses[-1] != 0 and len(statuses) < LAUNCHES):
        words = ["launch", str(file), "--address", address, "--yes"]
        with (service.folder / "said").open("w") as said, subprocess.Popen(
                [sys.executable, "-m", "sat_sweep", *words], cwd=service.folder, env=service.variables,
                stdin=subprocess.DEVNULL, stdout=said, stderr=said) as client:
            killed += _disturb(service, client, choice)
        statuses.append(client.returncode)
    wrong = list(_wrong(service, name, statuses, expected))
    shutil.rmtree(service.home / "trajectories", ignore_errors=True)
    return {"sweep": name, "launches": statuses, "killed": killed, "violations": wrong}


def _disturb(service: Service, client: subprocess.Popen[bytes], choice: random.Random) -> list[str]:
    """Kill something every few seconds for as long as the `client` waits for its sweep."""
    killed = []
    while client.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            client.wait(choice.uniform(*SECONDS))
        victim = choice.choices(list(VICTIMS), weights=[2, 4, 2, 1])[0]
        if client.poll() is None and (found := service.processes(*VICTIMS[victim])):
            with suppress(ProcessLookupError):
                os.kill(choice.choice(found), signal.SIGKILL)
                killed.append(victim)
    return killed


def _wrong(service: Service, name: str, statuses: list[int], expected: Mapping[str, Any]) -> Iterator[str]:
    if statuses[-1] != 0:
        yield f"not done after {len(statuses)} launches: {(service.folder / 'said').read_text()[-3000:]}"
        return
    results = timeless(Home(str(service.home)).sweep(name))
    found = {trial: {**result, "sweep": "tiny"} for trial, result in results.items()}
    if others := sorted(trial for trial in {*found, *expected} if found.get(trial) != expected.get(trial)):
        yield f"other results: {others}"
    audited = service.run("doctor", name, "--fix", "--json")
    if audited.returncode != 0:
        yield f"doctor: {audited.stdout}{audited.stderr}"


def verdict(uses: list[Use]) -> list[str]:
    """What the last of some uses has more of than the first, beyond the limits."""
    more = uses[-1].more_than(uses[0])
    return [f"{name}: {more[name]} more than at the beginning" for name, limit in LIMITS.items() if more[name] > limit]


def main() -> int:
    """Sweeps until the minutes are over."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--minutes", type=float, default=60)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--record", type=Path, default=Path("soak.jsonl"))
    given = asked.parse_args()
    expected, _ = undisturbed()
    folder, choice = Path(tempfile.mkdtemp(prefix="so-", dir="/tmp")), random.Random(given.seed)
    service, end = Service(folder), time.monotonic() + 60 * given.minutes
    uses, wrong = list[Use](), list[str]()
    try:
        with service.up(), given.record.open("a") as record:
            while time.monotonic() < end or len(uses) < WARM + 2:
                line = one_sweep(service, len(uses), choice, expected)
                uses.append(service.use(uses[0].processes if uses else None))
                wrong += line["violations"]
                line |= {"minute": round(given.minutes - (end - time.monotonic()) / 60, 1), **asdict(uses[-1])}
                record.write(json.dumps(line) + "\n")
                record.flush()
                print(line, flush=True)
        wrong += [*verdict(uses[WARM - 1:]), *(f"left: {command_line(pid)}" for pid in service.processes())]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(uses)} sweeps", uses[WARM - 1], uses[-1], *wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
