"""The programs of a service: how each is started, what it finds in its environment, where it answers."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sat_sweep.home.key import FILE_VARIABLE as KEY_FILE_VARIABLE
from sat_sweep.home.key import KEY_FILE
from sat_sweep.home.key import VARIABLE as KEY_VARIABLE
from sat_sweep.home.layout import HOME_VARIABLE, STUDIES_VARIABLE, TRACKING_VARIABLE
from sat_sweep.service.processes import MARK
from sat_sweep.service.settings import ServiceSettings

USER = "sat-sweep"
"""Who has the token for a password, in MLflow and optuna-dashboard."""
LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"
NOT_INHERITED = ("RAY_ADDRESS", "RAY_API_SERVER_ADDRESS", "RAY_AUTH_TOKEN_PATH", "MLFLOW_RUN_ID",
                 "MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN", KEY_VARIABLE, KEY_FILE_VARIABLE)
"""Variables that would lead to another cluster or server, and a secret that is Ray's alone."""


@dataclass(frozen=True)
class Member:
    """A program of the service, called `title` by people.

    It listens on `host` and `port`; once it works, `health` answers there. `variables` come beside those that the
    service was started with; secrets are there and not in the command.
    """

    name: str
    title: str
    command: tuple[str, ...]
    host: str
    port: int
    health: str
    variables: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def asked_at(self) -> str:
        """Where this machine reaches it."""
        return LOOPBACK if self.host == EVERYWHERE else self.host

    @property
    def reached_at(self) -> str:
        """Where whoever may reach it does."""
        return socket.gethostname() if self.host == EVERYWHERE else self.host

    @property
    def health_url(self) -> str:
        """What to ask on this machine."""
        return f"http://{self.asked_at}:{self.port}{self.health}"

    def environment(self, folder: Path) -> dict[str, str]:
        """All variables of the program, in a service that keeps its state in `folder`."""
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        return {**inherited, **self.variables, MARK: str(folder)}


def members(settings: ServiceSettings, token: str) -> tuple[Member, ...]:
    """Every program of a service with these settings, in the order in which they are stopped."""
    return ray_head(settings, token), mlflow_server(settings, token), optuna_dashboard(settings, token)


def private_folder(folder: Path) -> Path:
    """Where Ray's own folder is, into which it lets everybody; short, since the path of a socket may have 107 letters.

    `folder` is where the service keeps its state.
    """
    return Path("/tmp") / f"sat-sweep-serve-{hashlib.sha256(bytes(folder)).hexdigest()[:8]}"


ONE_MACHINE = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""Ray's variable of whether it has nodes elsewhere. With them each of its processes takes the address of a network card
in the place of 127.0.0.1, and nobody listens there: the Jobs API would wait for ever."""


def ray_head(settings: ServiceSettings, token: str) -> Member:
    """Ray with its dashboard and Jobs API: drivers and trials run there, and find home and databases unasked."""
    variables = {
        ONE_MACHINE: "0",
        "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token, "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0", "RAY_JOB_STOP_WAIT_TIME_S": "60",  # for a clean end; Ray's default is 3
        "SAT_SWEEP_PYTHON": sys.executable, HOME_VARIABLE: settings.home,
        "MLFLOW_TRACKING_USERNAME": USER, "MLFLOW_TRACKING_PASSWORD": token}
    if (key := settings.folder / KEY_FILE).exists():
        variables[KEY_FILE_VARIABLE] = str(key)
    if settings.studies or settings.databases == settings.folder:
        variables[STUDIES_VARIABLE] = settings.studies_url
    if settings.databases == settings.folder:
        variables[TRACKING_VARIABLE] = settings.tracking_url
    options = {"node-ip-address": LOOPBACK, "port": free_port(), "ray-client-server-port": free_port(),
               "dashboard-agent-listen-port": 0, "dashboard-host": settings.host, "dashboard-port": settings.ray_port,
               "temp-dir": private_folder(settings.folder) / "ray",
               "include-log-monitor": False}  # it forwards what nobody reads, and holds the logs of all the dead open
    command = (sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block",
               "--disable-usage-stats", *(f"--{name}={value}" for name, value in options.items()))
    return Member("ray", "Ray", command, settings.host, settings.ray_port, "/api/gcs_healthz", variables)


def mlflow_server(settings: ServiceSettings, token: str) -> Member:
    """MLflow's own server over the records of the home, for whoever has the password."""
    command = (sys.executable, "-m", "sat_sweep.tracking.server", settings.host, str(settings.mlflow_port),
               ",".join(_names(settings)), "1")
    variables = {"MLFLOW_BACKEND_STORE_URI": settings.tracking_url, "MLFLOW_AUTH_ADMIN_USERNAME": USER,
                 "MLFLOW_AUTH_ADMIN_PASSWORD": token}
    return Member("mlflow", "MLflow", command, settings.host, settings.mlflow_port, "/health", variables)


def _names(settings: ServiceSettings) -> list[str]:
    """What browsers may call MLflow: any other name is refused, as that of a page that tricks them."""
    names = {"localhost", LOOPBACK}
    if not settings.is_local:
        names |= {settings.host, socket.gethostname(), socket.getfqdn(), *addresses()} - {EVERYWHERE}
    return [f"{name}:{settings.mlflow_port}" for name in sorted(names)]


def addresses() -> set[str]:
    """All addresses of this machine, as Linux lists them."""
    with suppress(OSError):
        return set(re.findall(r"-- (\S+)\n +/32 host LOCAL", Path("/proc/net/fib_trie").read_text()))
    return set()


def optuna_dashboard(settings: ServiceSettings, token: str) -> Member:
    """optuna-dashboard over the studies. It is no server for a network: this machine alone reaches it."""
    command = (sys.executable, "-m", "sat_sweep.search.dashboard", str(settings.optuna_port))
    variables = {STUDIES_VARIABLE: settings.studies_url, "SAT_SWEEP_DASHBOARD_USER": USER,
                 "SAT_SWEEP_DASHBOARD_PASSWORD": token}
    return Member("optuna", "Optuna Dashboard", command, LOOPBACK, settings.optuna_port, "/", variables)


def free_port() -> int:
    """A port of this machine that nobody listens on at the moment."""
    with socket.socket() as free:
        free.bind(("", 0))
        return int(free.getsockname()[1])
