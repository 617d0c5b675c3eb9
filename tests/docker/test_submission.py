"""A sweep from a machine that knows nothing of the cluster but its address and token: the answer is that of home."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from .files import ROOT, SECRETS
from .machines import Machine
from .records import found_secrets
from .stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

PATIENCE = 600
"""Seconds that anything is waited for: a machine under load is slow, and no test is of its speed."""
URL = ("--address", "http://head:8265", "--insecure")
SPACE = yaml.safe_load((ROOT / "search_spaces" / "cluster.yaml").read_text())
NAME = "submitted"


def content(**changes: Any) -> str:
    """A sweep of two methods at one noise level, long enough to be stopped, in the services of the cluster."""
    long = {"noise": {"kind": "symmetric", "rates": [0.4]}, "training": {**SPACE["training"], "epochs": 50}}
    return json.dumps({**SPACE, "name": NAME, **long, **changes})


class Client:
    """Somebody with a folder of their own and a token, on a machine of their own."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack, self.folder = stack, folder
        self.token = {"RAY_AUTH_TOKEN": stack.secrets["RAY_AUTH_TOKEN"], "SAT_SWEEP_HOME": ""}

    def call(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ours to its end."""
        return self.stack.client.run([sys.executable, "-m", "sat_sweep", *words], {**self.token, **environment},
                                     cwd=self.folder, timeout=PATIENCE)

    def ask(self, *words: str) -> str:
        """What a command that succeeds says about the sweep on the cluster."""
        done = self.call(*words, *URL)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def wait_for(self, name: str, ended: int) -> None:
        """Wait until so many trials of the sweep have ended, and come back before the next ones have."""
        waited = self.stack.worker.run([sys.executable, "-c", WAITING, name, str(ended)],
                                       self.stack.environment("worker"), timeout=PATIENCE)
        assert waited.returncode == 0, waited.stderr


WAITING = """
import os, sys, time
from sat_sweep.home import Home
sweep = Home(os.environ["SAT_SWEEP_HOME"]).sweep(sys.argv[1])
while sum(result.state in ("complete", "pruned") for result in sweep.results()) < int(sys.argv[2]):
    time.sleep(0.1)
"""
"""Looks into the home: a command of ours takes as long to start as a trial takes to train."""

STORED = """
import json, os, sys
from sat_sweep.home import Home
from sat_sweep.training.trajectory.store import TrajectoryStore
home = Home(os.environ["SAT_SWEEP_HOME"])
store = TrajectoryStore(home.trajectories)
states = [state for root in home.trajectories.children() for signature in store.states(root)
          if (state := store.state(root, signature)) is not None]
print(json.dumps([[state.signature for state in states],
                  [record.metrics["epoch_seconds"] for state in states for record in state.history],
                  {result.name: [[record["signature"], record["metrics"]["epoch_seconds"]] for record in result.history]
                   for result in home.sweep(sys.argv[1]).results()}]))
"""
"""Prints the signatures of stored states, how long each epoch took that led to one, and the epochs of each result."""


class Known(NamedTuple):
    """What the trajectory store and the results of a sweep have; an epoch that is trained again takes other seconds."""

    states: list[str]
    seconds: list[float]
    results: dict[str, list[tuple[str, float]]]

    @classmethod
    def of(cls, stack: Stack, name: str) -> Known:
        """As it is now."""
        asked = stack.worker.run([sys.executable, "-c", STORED, name], stack.environment("worker"))
        assert asked.returncode == 0, asked.stderr
        return cls(*json.loads(asked.stdout))

    def led_to_a_state(self, epochs: list[tuple[str, float]]) -> list[float]:
        """The seconds of those `epochs` of a trial that lead to the last of its states."""
        reached = [place for place, (signature, _) in enumerate(epochs, start=1) if signature in self.states]
        return [seconds for _, seconds in epochs[:max(reached, default=0)]]


def stop_ray(machine: Machine) -> None:
    """End everything of Ray on a machine, at once."""
    machine.run(["ray", "stop", "--force"], {})


@pytest.fixture(scope="module")
def client(stack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("client")
    (folder / "space.yaml").write_text(content())
    return Client(stack, folder)


class Page:
    """`watch --page` of somebody on the client, as a browser there sees it."""

    def __init__(self, client: Client, name: str) -> None:
        self.machine = client.stack.client
        command = [sys.executable, "-m", "sat_sweep", "watch", name, "--page", "--port", "8401", *URL]
        self.server = self.machine.start("page", command, client.token)

    def wait_for(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """What it shows once that is so."""
        command = [sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 8401))"]
        self.machine.wait_until(command, {}, "page")
        deadline = time.monotonic() + PATIENCE
        while (asked := self.machine.get(f"{self.address}status"))[0] != 200 or not condition(json.loads(asked[1])):
            assert time.monotonic() < deadline, asked
            time.sleep(1)
        return json.loads(asked[1])

    def report(self) -> str:
        """The report that it has."""
        return self.machine.get(f"{self.address}report.html")[1]

    @property
    def address(self) -> str:
        """What the command has told: a part of it is secret."""
        told = re.search(r"http://127\.0\.0\.1:8401/\S+/", (self.machine.folder / "page.log").read_text())
        assert told is not None
        return told[0]


class Answers(NamedTuple):
    """What a sweep has found, in JSON without times and epochs trained."""

    before: dict[str, Any]
    """The report before the extension."""
    report: dict[str, Any]
    suspects: list[Any]
    model: dict[str, str]
    """The checksums of the exported winner."""


@pytest.fixture(scope="module")
def at_home(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """The answers of the same sweep, extended by one trial, on this machine alone."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "home.yaml").write_text(content(storage={}, tracking={}))
    environment = {**os.environ, "SAT_SWEEP_HOME": str(folder / "home")}

    def said(*words: str) -> str:
        done = subprocess.run([sys.executable, "-m", "sat_sweep", *words], cwd=folder, env=environment,
                              capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return done.stdout

    said("launch", "home.yaml", "--serial", "--yes")
    before = said("report", NAME, "--json")
    said("extend", NAME, "--trials", "1", "--serial")
    report, suspects = (said(command, NAME, "--json") for command in ("report", "suspects"))
    said("export", NAME, "--method", "sat", "--out", "model")
    return Answers(comparable(before), comparable(report), json.loads(suspects)["conditions"],
                   checksums(folder / "model"))


def checksums(model: Path) -> dict[str, str]:
    """Those of an exported model's weights and operations."""
    known: dict[str, str] = json.loads((model / "model.json").read_text())["checksums"]
    return known


def comparable(report: str) -> dict[str, Any]:
    """A report without times and epochs trained."""
    known = json.loads(report)
    return {**known, "compute": known["compute"]["epochs_requested"]}


def test_submitted_stopped_resumed_and_extended_it_gives_the_answers_of_home(client, at_home):
    detached = client.call("launch", "space.yaml", *URL, "--detach", "--yes")
    assert detached.returncode == 0, detached.stderr
    assert f"{NAME} runs as job sat-sweep-{NAME}-" in detached.stderr
    assert json.loads(client.ask("status", NAME, "--json"))["state"] == "running"
    again = client.call("launch", "space.yaml", *URL, "--detach", "--yes")  # one job, whoever asks how often
    assert again.stderr.splitlines()[1] == detached.stderr.splitlines()[1]

    assert "was asked to stop" in client.call("stop", NAME, *URL).stderr
    refused = client.call("extend", NAME, "--trials", "1", *URL)
    assert (refused.returncode, "is being run by the job" in refused.stderr) == (2, True)
    followed = client.call("logs", "-f", NAME, *URL)
    assert "trials end with the epoch that they are in" in followed.stderr
    assert json.loads(client.ask("status", NAME, "--json"))["state"] == "stopped"

    assert client.call("resume", NAME, *URL, "--detach").returncode == 0
    page = Page(client, NAME)
    shown = page.wait_for(lambda shown: shown["state"] == "running")
    assert (shown["life"], shown["report"], len(shown["rows"])) == ("The driver lives", False, 2)
    page.wait_for(lambda shown: shown["state"] == "finished" and shown["report"])
    assert "<html" in page.report()
    assert client.call("extend", NAME, "--trials", "1", *URL).returncode == 0

    report = client.ask("report", NAME, "--json", "--out", "answer")
    assert comparable(report) == at_home.report
    assert json.loads((client.folder / "answer" / "report.json").read_text()) == json.loads(report)
    assert (client.folder / "answer" / "report.html").stat().st_size > 10_000
    suspects = client.ask("suspects", NAME, "--json", "--out", "labels")
    assert json.loads(suspects)["conditions"] == at_home.suspects
    assert len((client.folder / "labels" / "suspects.csv").read_text().splitlines()) > 1000
    client.ask("export", NAME, "--method", "sat", "--out", "model")
    assert checksums(client.folder / "model") == at_home.model
    assert NAME in client.ask("list")
    assert "method: sat" in client.ask("best", NAME, "--method", "sat")
    assert (client.folder / "space.yaml").read_text() == content()
    assert sorted(path.name for path in client.folder.iterdir() if not path.name.startswith(".")) == [
        "answer", "labels", "model", "space.yaml"]


def test_killed_worker_killed_driver_and_killed_head_change_no_number(client, at_home):
    stack, name = client.stack, "killed"
    (client.folder / "killed.yaml").write_text(content(name=name))
    assert client.call("launch", "killed.yaml", *URL, "--detach", "--yes").returncode == 0

    client.wait_for(name, ended=1)
    stop_ray(stack.worker)  # with the trial that it was training
    stack.start("worker", stack.worker)
    client.wait_for(name, ended=2)
    assert stack.head.run(["pkill", "--signal", "KILL", "--full", "arrival.py"], {}).returncode == 0
    assert client.call("resume", name, *URL, "--detach").returncode == 0
    client.wait_for(name, ended=3)
    for machine in (*stack.workers, stack.head):
        stop_ray(machine)  # and with the head's the driver and all that Ray knew
    before = Known.of(stack, name)
    for service in ("head", "worker"):
        stack.start(service)
    resumed = client.call("resume", name, *URL)
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    later = [epochs for trial, epochs in Known.of(stack, name).results.items() if trial not in before.results]
    stored = [seconds for epochs in later for seconds in before.led_to_a_state(epochs)]
    assert before.states
    assert [seconds for seconds in stored if seconds not in before.seconds] == []  # nothing of it was trained again

    assert {**comparable(client.ask("report", name, "--json")), "sweep": NAME} == at_home.before


@pytest.mark.parametrize(("changes", "environment", "words"), [
    ({}, {"RAY_AUTH_TOKEN": "f" * 32}, "does not accept the token"),
    ({}, {"RAY_AUTH_TOKEN": ""}, "wants the token that it was started with"),
    ({"storage": {"home": "/tmp/ray/local-home"}}, {}, "of the cluster do not see"),
    ({"storage": {"studies": "postgresql+psycopg://${PGUSER}:nonsense@postgres/optuna"}}, {}, "password"),
    ({"storage": {"studies": "postgresql+psycopg://nobody-there/optuna"}}, {}, "cannot be opened"),
    ({"storage": {"studies": "postgresql+psycopg://${PG_USER_X}@postgres/optuna"}}, {}, "PG_USER_X"),
    ({"storage": {"home": "s3://no-such-bucket/sweeps"}}, {}, "no-such-bucket"),
    ({"tracking": {"uri": "http://${MLFLOW_TRACKING_USERNAME}:${PGUSER}@mlflow:5000", "allow_http": True}}, {},
     "does not take this user and password"),
])
def test_what_cannot_work_is_one_sentence_before_anything_starts(client, tmp_path, changes, environment, words):
    (tmp_path / "space.yaml").write_text(content(name="refused", **changes))
    home = ["--home", changes["storage"]["home"]] if "home" in changes.get("storage", {}) else []
    done = client.call("launch", str(tmp_path / "space.yaml"), *URL, *home, "--yes", **environment)
    assert done.returncode == 2, done.stdout + done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_is_left_of_what_was_refused(client):
    """After those before."""
    assert "refused" not in client.ask("list")


def test_no_secret_is_anywhere(client):
    """After all the others: in what their sweeps have left."""
    stack, logs = client.stack, client.ask("logs", NAME)
    secrets = {name: stack.secrets[name] for name in SECRETS}
    assert [name for name, secret in secrets.items() if stack.files_with(secret)] == []
    assert [name for name, secret in secrets.items() if secret in logs] == []
    assert found_secrets(stack, secrets) == []


def test_a_store_that_is_gone_is_one_sentence(client):
    """The last of all tests on these machines: what was stored is lost with it."""
    assert client.stack.head.run(["pkill", "--full", "moto.server"], {}).returncode == 0
    done = client.call("launch", "space.yaml", *URL, "--yes")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "s3://sat-sweep" in done.stderr
    assert "Traceback" not in done.stderr
