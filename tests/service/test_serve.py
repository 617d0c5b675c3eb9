"""`sat-sweep serve` as docs/cluster.md has it typed, line by line, on a machine of its own with nothing but a checkout.

The tests of this file are one story: each goes on where the one before has left the service.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.docker.machines import Machine, give_card
from tests.docker.test_docs_cluster import PAGE, blocks

pytestmark = pytest.mark.slow

SECTION = PAGE.partition("## One machine for a team")[2].partition("\n## ")[0]
SERVE, EXPORT, LAUNCH, TUNNEL, _, STATUS, STOP = filter(None, blocks(SECTION).splitlines())
ADDRESS = re.search(r"--address \S+", LAUNCH)[0]  # type: ignore[index]
SPACE = {
    "name": "quickstart", "dataset": {"name": "digits", "subset": 300},
    "noise": {"kind": "symmetric", "rates": [0.4]}, "methods": ["ce", "sat"], "model": {"name": "mlp", "width": 32},
    "training": {"epochs": 100, "batch_size": 32}, "search": {"trials": 60, "batch": 1, "pruner": "none"},
    "confirm": {"seeds": 1}, "resources": {"max_concurrent": 1}}
"""In the place of the quickstart: it lasts for minutes, and can stop after each epoch."""
LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
"""127.0.0.1, the same as IPv6 has it, and ::1, as Linux writes them."""
EXPERIMENTS = "/api/2.0/mlflow/experiments/search?max_results=9"
SECRET = "chosen-by-the-team-" + "x" * 13


class Home:
    """A machine on which somebody types: `folder` is their home folder, `sweeps` in it the home of sweeps."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.state = machine, machine.folder / "sweeps" / ".service"

    @property
    def token(self) -> str:
        return (self.state / "token").read_text().strip()

    def type(self, *lines: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Type the lines into a new shell; the last decides how it ends."""
        return self.machine.run(["sh", "-c", "\n".join(lines)], environment)

    def status(self) -> dict[str, Any]:
        """What `--status` says."""
        return dict(json.loads(self.type(f"{STATUS} --json").stdout))

    def members(self, what: str) -> dict[str, int]:
        """Of each member what `--status` says of it."""
        return {member["name"]: member[what] for member in self.status()["members"]}

    def is_up(self) -> bool:
        """Whether all of them answer."""
        return self.type(STATUS).returncode == 0

    def get(self, port: int, path: str, password: str | None) -> tuple[int, str]:
        """What this machine is answered; `password` None: it gives none."""
        pair = base64.b64encode(f"sat-sweep:{password}".encode()).decode()
        kind = f"Bearer {password}" if port == 8265 else f"Basic {pair}"
        header = [f"Authorization: {kind}"] if password else []
        return self.machine.get(f"http://127.0.0.1:{port}{path}", *header)

    def state_of_sweep(self) -> str:
        """How the sweep stands, as the home has it."""
        asked = self.type("sat-sweep status quickstart --home ~/sweeps --json")
        return str(json.loads(asked.stdout)["state"]) if asked.returncode == 0 else "unknown"

    def everything(self) -> str:
        """All processes of the machine with their arguments, and all ports on which somebody listens."""
        return self.machine.run(["sh", "-c", "ps axww -o args; cat /proc/net/tcp /proc/net/tcp6"], {}).stdout


def wait_until(happens: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.3)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with Machine(tmp_path_factory.mktemp("team"), {}) as machine:
        give_card(machine)
        spaces = machine.folder / "search_spaces"
        spaces.mkdir()
        (spaces / "quickstart.yaml").write_text(yaml.safe_dump(SPACE))
        yield Home(machine)


def test_it_outlives_the_terminal_and_says_the_same_again(home):
    home.machine.start("terminal", ["setsid", "sh", "-c", f"echo $$ >pid; {SERVE}; sleep 600"], {})
    log = home.machine.folder / "terminal.log"
    wait_until(lambda: "--stop" in log.read_text())
    home.type("kill -HUP -- -$(cat pid); kill -KILL -- -$(cat pid)")
    before = home.status()
    home.type(f"kill -HUP {before['supervisor']}")
    assert [member["state"] for member in before["members"]] == ["up"] * 3

    again = home.type(SERVE)
    assert again.returncode == 0
    assert log.read_text() == f"starting Ray, MLflow, Optuna Dashboard\n{again.stdout}"
    assert again.stderr == ""
    assert home.status() == before
    for line in (ADDRESS, TUNNEL.removesuffix("my-machine").strip(), f"cat {home.state}/token"):
        assert line in again.stdout


def test_what_is_missing_for_another_is_said_before_anything_starts(home):
    taken = home.type("sat-sweep serve --home ~/other")
    assert (taken.returncode, taken.stdout) == (2, "")
    assert taken.stderr.splitlines() == [f"{title}: port {port} is in use; choose another by --{name}-port" for
                                         title, port, name in (("Ray", 8265, "ray"), ("MLflow", 5000, "mlflow"),
                                                               ("Optuna Dashboard", 8080, "optuna"))]
    assert not (home.machine.folder / "other").exists()
    assert "runs already, with other settings" in home.type(f"{SERVE} --ray-port 9000").stderr


def test_the_token_opens_everything_and_nothing_opens_without(home):
    for port, path in ((8265, "/api/version"), (8080, "/api/studies"), (5000, EXPERIMENTS)):
        assert [home.get(port, path, password)[0] for password in (home.token, "0" * 48, None)] in (
            [200, 401, 401], [200, 403, 401])


def test_only_this_machine_is_listened_to(home):
    listening = re.findall(r"^ *\d+: (\w+):(\w{4}) \w+:0000 0A", home.everything(), re.MULTILINE)
    by_port = {int(port, 16): address for address, port in listening}
    assert {port: by_port[port] for port in (8265, 5000, 8080)} == dict.fromkeys((8265, 5000, 8080), "0100007F")
    assert {address for address, _ in listening} <= LOOPBACK, "Ray's inner processes too"


def test_who_dies_comes_back(home):
    home.type(f"kill -KILL {home.members('process')['optuna']}")
    wait_until(lambda: home.members("restarts") == {"ray": 0, "mlflow": 0, "optuna": 1} and home.is_up())


def test_a_sweep_finds_everything_unasked(home):
    launched = home.type(EXPORT, f"{LAUNCH} --detach --yes")
    assert launched.returncode == 0, launched.stderr
    wait_until(lambda: '"quickstart"' in home.get(5000, EXPERIMENTS, home.token)[1])
    assert "quickstart/sat" in home.get(8080, "/api/studies", home.token)[1]
    assert home.state_of_sweep() == "running"


@pytest.mark.parametrize("name", ["token", "home-key"])
def test_a_secret_is_nowhere_to_be_seen(home, name):
    search = 'grep --recursive --devices=skip --files-with-matches --text "$secret" . /tmp/sat-sweep-serve-*'
    secret = (home.state / name).read_text().strip()
    found = home.machine.run(["sh", "-c", search], {"secret": secret})
    assert found.stdout.split() == [f"./sweeps/.service/{name}"]
    assert (home.state / name).stat().st_mode & 0o777 == 0o600
    assert home.state.stat().st_mode & 0o777 == 0o700
    assert "sat_sweep.service.supervisor" in home.everything()
    assert secret not in home.everything()


def test_what_the_sweep_writes_is_signed_with_the_key_of_its_home(home):
    records = list((home.state.parent / "trajectories").rglob("*.records"))
    assert records
    assert all(record.read_bytes().startswith(b'{"hmac-256": "') for record in records)


def test_the_next_one_ends_what_is_left_of_one_that_was_killed_and_sweeps_go_on(home):
    before = home.token
    home.type(f"kill -KILL {home.status()['supervisor']}")
    assert "no service runs" in home.type(STATUS).stderr
    assert "raylet" in home.everything()
    following = home.type(SERVE, RAY_AUTH_TOKEN=SECRET)
    assert following.returncode == 0, following.stderr
    assert following.stderr.startswith("ending what is left of an earlier service\nwaiting for quickstart")
    assert home.state_of_sweep() == "stopped"

    assert [home.get(5000, EXPERIMENTS, password)[0] for password in (SECRET, before)] == [200, 401]
    resumed = home.type(EXPORT, f"sat-sweep resume quickstart {ADDRESS} --detach")
    assert resumed.returncode == 0, resumed.stderr
    assert home.state_of_sweep() == "running"


def test_stopping_ends_sweeps_cleanly_and_leaves_nothing(home):
    stopped = home.type(STOP)
    assert (stopped.returncode, stopped.stdout) == (0, "")
    assert stopped.stderr.splitlines() == ["waiting for quickstart: trials end with the epochs that they are in",
                                           f"the service of {home.state.parent} has stopped"]
    assert home.state_of_sweep() == "stopped"
    assert (home.machine.folder / "sweeps" / "quickstart" / "report" / "report.html").is_file()
    assert what_runs(home) == []
    assert [path.name for path in home.state.iterdir() if "json" in path.name] == []
    assert home.type(STATUS).returncode == 2
    assert "no service runs" in home.type(STOP).stderr


def what_runs(home: Home) -> list[str]:
    """The processes of a service that are left, and the ports on which somebody listens."""
    lines = [line for line in home.everything().splitlines() if "<defunct>" not in line]
    return [line for line in lines if re.search(r"raylet|gcs_server|dashboard|mlflow|uvicorn|sat_sweep| 0A ", line)]
