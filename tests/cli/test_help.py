from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from sat_sweep import __version__
from sat_sweep.cli import app

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
PROMISED = ["launch", "plan", "resume", "extend", "stop", "list", "status", "watch", "logs", "report", "best",
            "suspects", "export", "predict", "run", "lr-range", "methods", "datasets", "schema",
            "check-plugin", "doctor", "ui", "serve"]
OPTIONS = {
    "launch": ["--name", "--home", "--address", "--workers", "--detach", "--dry-run", "--no-share", "--serial",
               "--yes"],
    "plan": ["--json"], "extend": ["--trials"], "list": ["--json"], "status": ["--json"],
    "report": ["--out", "--json"], "best": ["--method", "--noise"],
    "suspects": ["--method", "--noise", "--out", "--clean", "--json"],
    "export": ["--out", "--method", "--noise", "--from", "--register"], "predict": ["--out", "--json"],
    "run": ["--json", "--home"],
    "lr-range": ["--method", "--noise", "--from", "--to", "--linear", "--epochs", "--out", "--json"],
    "methods": ["--json", "--plugins"], "datasets": ["--json", "--plugins"], "schema": ["--plugins"],
    "check-plugin": ["--set", "--json"],
    "doctor": ["--fix", "--json"],
    "ui": ["--port", "--browser"],
    "serve": ["--home", "--host", "--studies", "--ray-port", "--mlflow-port", "--optuna-port", "--status", "--stop"],
}


def test_every_promised_command_is_there_and_no_other():
    assert list(COMMANDS) == PROMISED


@pytest.mark.parametrize("command", PROMISED)
def test_help_names_every_promised_option(cli, command):
    answer = cli(command, "--help")
    assert answer.exit_code == 0
    assert [option for option in OPTIONS.get(command, []) if option not in answer.stdout] == []


@pytest.mark.parametrize("command", [name for name in PROMISED if any(
    parameter.name == "name" and parameter.param_type_name == "argument" for parameter in COMMANDS[name].params)])
def test_whatever_takes_a_sweep_takes_a_home_and_the_address_of_a_cluster(command):
    """Also commands that are yet to come."""
    options = {option for parameter in COMMANDS[command].params for option in parameter.opts}
    assert {"--home", "--address", "--insecure"} <= options


@pytest.mark.parametrize("command", PROMISED)
def test_the_overview_says_what_each_does_without_being_cut_off(cli, command):
    line = next(line for line in cli("--help").stdout.splitlines() if line.split()[:1] == [command])
    assert len(line.split()) > 2
    assert not line.endswith("...")


def test_version_is_the_packages(cli):
    assert cli("--version").stdout == f"sat-sweep {__version__}\n"


def test_the_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "sat_sweep", "--version"], capture_output=True, text=True)
    assert done.stdout == f"sat-sweep {__version__}\n"


def test_without_a_command_there_is_help_and_the_status_of_wrong_usage(cli):
    assert cli().exit_code == 2
    assert cli("launhc").exit_code == 2
    assert cli("status").exit_code == 2
    assert cli("ui", "--port", "0").exit_code == 2
