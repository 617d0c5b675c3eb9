"""A sweep small enough to be run a dozen times, and ways to run it, to disturb it and to compare what it leaves."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from sat_sweep.cli import app
from sat_sweep.home import Home, SweepHome

NAME, TRIALS, SEEDS = "tiny", 4, 2
SPACE = f"""\
name: {NAME}
dataset: {{name: digits, subset: 300}}
noise: {{kind: symmetric, rates: [0.4]}}
methods: [ce, sat, ce+reset, sat+reset]
model: {{name: mlp, width: 32}}
training: {{epochs: 16, batch_size: 8, optimizer: {{name: sgd, lr: 0.05}}}}
search:
  trials: {TRIALS}
  batch: 2
  pruner: {{name: asha, grace: 5, reduction: 2}}
  space:                      # everything acts early, so that trials differ
    sat.momentum: {{low: 0.5, high: 0.99}}
    sat.start_epoch: {{low: 2, high: 6}}
    reset.rate: {{low: 0.003, high: 0.1, log: true}}
    reset.patience: 2
confirm: {{seeds: {SEEDS}}}
"""
STUDIES = {f"{method}/symmetric-0.4": 1 if method == "ce" else TRIALS  # plain cross-entropy has nothing to search
           for method in ("ce", "sat", "ce+reset", "sat+reset")}
PATIENCE = 270.0
"""Seconds that a whole sweep may take on a busy machine; nothing waits that long when all is well."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def epochs_trained(self) -> int:
        """What the command itself says."""
        said = re.search(r"Trained ([\d,]+) epochs in this run", self.err)
        assert said, self.err
        return int(said[1].replace(",", ""))


@dataclass(frozen=True)
class Lab:
    """A folder with a space file and a home; commands run in processes of their own."""

    folder: Path
    text: str = SPACE

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def place(self) -> str:
        """The home as commands are told it."""
        return str(self.home)

    @property
    def sweep(self) -> SweepHome:
        return Home(self.place).sweep(NAME)

    def launch(self, *options: str, **environment: str) -> Ended:
        """Launch the sweep and wait for its end."""
        with self.driver(*options, **environment) as driver:
            return driver.ended()

    def command(self, *words: str) -> Ended:
        """Any other command and its end."""
        with Driver.started(self.folder, [*words, "--home", str(self.home)], {}) as driver:
            return driver.ended()

    @contextmanager
    def driver(self, *options: str, **environment: str) -> Iterator[Driver]:
        """A launch that is under way; whatever it has started is gone afterwards."""
        file = self.folder / "space.yaml"
        file.write_text(self.text)
        words = ["launch", str(file), "--home", str(self.home), "--yes", *(options or ("--workers", "2"))]
        with Driver.started(self.folder, words, environment) as driver:
            yield driver

    def stop(self) -> None:
        """`sat-sweep stop`, without a new process's imports: the sweep takes seconds."""
        answer = CliRunner().invoke(app, ["stop", NAME, "--home", str(self.home)])
        assert answer.exit_code == 0, answer.output

    def ended(self) -> int:
        """How many trials have ended."""
        return sum(1 for _ in (self.home / NAME / "results").rglob("[!.]*.json"))

    def report(self) -> dict[str, Any]:
        """`report --json` without what it took."""
        answer = CliRunner().invoke(app, ["report", NAME, "--home", self.place, "--json"])
        assert answer.exit_code == 0, answer.output
        content = json.loads(answer.stdout)
        del content["compute"]["epochs_trained"], content["compute"]["seconds"]
        return content

    def results(self) -> dict[str, dict[str, Any]]:
        """All of every result that must not depend on who trained it, where and when."""
        return timeless(self.sweep)

    def files(self) -> dict[str, bytes]:
        """Every result file to the byte."""
        folder = self.home / NAME / "results"
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.json")}

    def epochs_trained(self) -> int:
        """What the results say, whoever ran them."""
        return sum(result.epochs_trained for result in self.sweep.results())


def timeless(sweep: SweepHome) -> dict[str, dict[str, Any]]:
    """All results of a sweep, without what depends on who trained them, where and when."""
    return {result.name: _timeless(asdict(result)) for result in sweep.results()}


def _timeless(result: dict[str, Any]) -> dict[str, Any]:
    for name in ("started", "ended", "epochs_trained"):
        del result[name]
    for record in result["history"]:
        del record["metrics"]["epoch_seconds"]
    return result


# Processes


class Driver:
    """A running command and everything it starts."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process, self.folder = process, folder
        self.seen: dict[int, str] = {}

    @classmethod
    @contextmanager
    def started(cls, folder: Path, words: list[str], environment: dict[str, str]) -> Iterator[Driver]:
        """Output goes to files: a pipe would stay open for as long as anything of a killed driver is alive."""
        command = [sys.executable, "-m", "sat_sweep", *words]
        with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, text=True,
                                       cwd=folder, env={**os.environ, **environment})
        driver = cls(process, folder)
        try:
            yield driver
        finally:
            driver.clean_up()

    def ended(self) -> Ended:
        """Wait for the end."""
        status = self.process.wait(PATIENCE)
        return Ended(status, (self.folder / "out").read_text(), (self.folder / "err").read_text())

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds, while the driver runs."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, f"it ended too early: {self.ended()}"
            assert time.monotonic() < end, "it did not happen"
            time.sleep(0.005)

    def kill(self) -> None:
        """kill -9 on the driver alone."""
        self.seen |= descendants(self.process.pid)
        self.process.kill()
        self.process.wait()

    def clean_up(self) -> None:
        """End what is left of it, by id, as long as the id is still the same process."""
        self.seen |= descendants(self.process.pid)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid, born in self.seen.items():
            if birth(pid) == born:
                end(pid)


def end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def descendants(pid: int) -> dict[int, str]:
    """Children, their children and so on, with their times of birth."""
    found: dict[int, str] = {}
    for child in _children(pid):
        found |= {child: birth(child), **descendants(child)}
    return found


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def birth(pid: int) -> str:
    """When a process started, "" if there is none: ids come back, ids with their birth do not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return ""


# Records


def optuna_trials(url: str) -> dict[str, list[tuple[int, str]]]:
    """Number and state of every trial that Optuna has, by study."""
    import optuna

    storage = optuna.storages.RDBStorage(url)
    studies = {study.study_name: study for study in optuna.get_all_study_summaries(storage)}
    loaded = {name: optuna.load_study(study_name=name, storage=storage) for name in studies}
    storage.engine.dispose()
    return {name.removeprefix(f"{NAME}/").rpartition("/")[0]:
            [(trial.number, trial.state.name) for trial in study.get_trials()] for name, study in loaded.items()}


def mlflow_runs(lab: Lab) -> dict[str, dict[str, Any]]:
    """What MLflow shows of the sweep; a run that is there twice is an error."""
    from mlflow import MlflowClient

    from tests.tracking.mirrored_home import shown

    return shown(MlflowClient(tracking_uri=f"sqlite:///{lab.home}/mlflow.db"), NAME)


def check_records(lab: Lab, studies: dict[str, int] = STUDIES, url: str | None = None) -> None:
    """Optuna and MLflow agree with the results: everything is there, nothing twice, nothing is still running."""
    results = {result.name: result for result in lab.sweep.results()}
    states = {"complete": "COMPLETE", "pruned": "PRUNED"}
    assert optuna_trials(url or f"sqlite:///{lab.home}/studies.db") == {
        key: [(number, states[results[f"{key}/search-{number:04d}"].state]) for number in range(count)]
        for key, count in studies.items()}
    runs = mlflow_runs(lab)
    methods = {key.partition("/")[0] for key in studies}
    assert set(runs) == {*results, *studies, *methods, "summary"}
    assert {run["status"] for run in runs.values()} == {"FINISHED"}
    for name, result in results.items():
        assert runs[name]["parent"] == result.study
        for metric, points in runs[name]["metrics"].items():
            known = [record["epoch"] for record in result.history if metric in record["metrics"]]
            assert [step for step, *_ in points] == ([len(result.history)] if metric == "value" else known), name
