"""How long does a killed sweep need from its relaunch to the first new epoch, when thousands of trials have ended?

A sweep on digits gets its first N trials from the simulated backend, with the real queue, search, study storage and
home; then its driver is gone. What is measured is the user's next command, `launch --serial` on the same file in a
fresh process, until it has trained an epoch; then it is killed again. So Python, torch, the data, the records, the
study storage and the search are in it, Ray is not (`benchmarks.startup` has that).

    python -m benchmarks.restart                        100, 1,000 and 10,000 finished trials, three starts each
    python -m benchmarks.restart --finished 100 1000    less

Duration: about ten minutes, most of them for making the largest home.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from benchmarks.common import ROOT, Row, beside_the_first, parser, publish
from benchmarks.scale import made_up, space

PER_STUDY = 100
"""Trials of a study; larger sweeps have more studies."""
PATIENCE = 600.0
"""Seconds after which a relaunch is given up."""


def _space(finished: int, epochs: int) -> dict[str, Any]:
    """A sweep of which so many trials may have ended before the searches are over."""
    studies = max(2, finished // PER_STUDY + finished // PER_STUDY // 10)
    return {**space(5 * -(-studies // 5), PER_STUDY, epochs, "tpe"), "name": "restart",
            "dataset": {"name": "digits", "subset": 300}}


def fill(home: Path, asked: dict[str, Any], finished: int) -> None:
    """The home of the sweep `asked` after so many trials have `finished`."""
    from sat_sweep.config import plan
    from sat_sweep.config.space import SpaceFile
    from sat_sweep.execution.simulated import SimulatedBackend
    from sat_sweep.home import Home
    from sat_sweep.search.queue import JobQueue
    from sat_sweep.search.sharing import NoSharing
    from sat_sweep.search.study_storage import StudyStorage

    the_plan = plan(SpaceFile.model_validate(asked))
    sweep = Home(str(home)).sweep(asked["name"])
    sweep.update(name=sweep.name, space=the_plan.space.model_dump(mode="json"), created=time.time(), state="running")
    storage = StudyStorage(f"sqlite:///{home}/studies.db")
    ended = 0

    def count(_: Any) -> None:
        nonlocal ended
        ended += 1
        queue.stopping = ended >= finished

    queue = JobQueue(the_plan, storage, sweep, NoSharing(), count)
    SimulatedBackend(16, made_up).run(queue)
    storage.close()


def seconds_to_an_epoch(file: Path, home: Path) -> float:
    """From the start of the command to the first epoch that it has trained."""
    trained = home.with_name("epochs")
    trained.unlink(missing_ok=True)
    environment = {**os.environ, "EPOCHS_TRAINED": str(trained),
                   "PYTHONPATH": f"{ROOT / 'tests/faults/watching'}:{ROOT}"}
    began = time.perf_counter()
    driver = subprocess.Popen([sys.executable, "-m", "sat_sweep", "launch", str(file), "--home", str(home), "--yes",
                               "--serial"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        while not trained.exists():
            if driver.poll() is not None or time.perf_counter() - began > PATIENCE:
                assert driver.stderr is not None
                raise SystemExit(f"no epoch was trained: {driver.stderr.read().decode()}")
            time.sleep(0.01)
        return time.perf_counter() - began
    finally:
        driver.send_signal(signal.SIGKILL)
        driver.wait()


def measure(finished: int, epochs: int, starts: int) -> Row:
    """One size: the median of some relaunches of one home."""
    folder = Path(tempfile.mkdtemp(prefix="restart-"))
    try:
        asked, file, home = _space(finished, epochs), folder / "space.yaml", folder / "home"
        home.mkdir()
        file.write_text(yaml.safe_dump(asked))
        fill(home, asked, finished)
        times = [seconds_to_an_epoch(file, home) for _ in range(starts)]
        return {"finished trials": finished, "seconds to an epoch": statistics.median(times),
                "fastest": min(times), "slowest": max(times)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(typed: list[str] | None = None) -> list[Row]:
    """The command line."""
    options: argparse.ArgumentParser = parser(__doc__)
    options.add_argument("--finished", type=int, nargs="+", default=[100, 1000, 10000], metavar="N")
    options.add_argument("--epochs", type=int, default=20)
    options.add_argument("--starts", type=int, default=3)
    arguments = options.parse_args(sys.argv[1:] if typed is None else typed)
    rows = [measure(finished, arguments.epochs, arguments.starts) for finished in arguments.finished]
    publish("restart", beside_the_first(rows, "seconds to an epoch"), arguments.out)
    return rows


if __name__ == "__main__":
    main()
