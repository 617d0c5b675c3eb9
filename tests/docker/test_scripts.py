"""What a person starts by hand: secrets, a Slurm job, rented machines."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .files import DOCKER, EXAMPLE, ROOT, SECRETS, compose, manifests
from .machines import Machine
from .stack import made_secrets

SBATCH = DOCKER / "slurm" / "sat-sweep.sbatch"
LAUNCHER = DOCKER / "cluster-launcher.yaml"
SCRIPTS = [DOCKER / "make-env", SBATCH, *(ROOT / ".ci" / name for name in ("check", "lowest", "run"))]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_has_nothing_to_say(script):
    said = subprocess.run([Path(sys.executable).with_name("shellcheck"), script], capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (0, "")
    assert str(script.relative_to(ROOT)) in (ROOT / ".ci" / "check").read_text()


def test_secrets_are_long_different_and_ours_alone(tmp_path):
    made = made_secrets(tmp_path)
    assert set(made) == set(EXAMPLE)
    assert {name for name in EXAMPLE if made[name] != EXAMPLE[name]} == SECRETS
    assert all(re.fullmatch(r"[0-9a-f]{48}", made[name]) for name in SECRETS)
    assert len({made[name] for name in SECRETS}) == len(SECRETS)
    assert stat.S_IMODE((tmp_path / "docker" / ".env").stat().st_mode) == 0o600


def test_secrets_are_never_made_anew(tmp_path):
    made_secrets(tmp_path)
    before = (tmp_path / "docker" / ".env").read_text()
    again = subprocess.run([tmp_path / "docker" / "make-env"], capture_output=True, text=True)
    assert again.returncode == 1
    assert "stays as it is" in again.stderr
    assert (tmp_path / "docker" / ".env").read_text() == before


def test_git_does_not_see_them():
    names = ["docker/.env", "docker/.env.new"]
    asked = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True)
    assert asked.stdout.split() == names


def test_a_job_without_a_space_file_says_what_it_needs():
    said = subprocess.run([SBATCH], capture_output=True, text=True)
    assert said.returncode != 0
    assert "usage: sbatch docker/slurm/sat-sweep.sbatch SPACE" in said.stderr


SPACE = """\
name: tiny
dataset: {name: digits, subset: 300}
noise: {kind: symmetric, rates: [0.4]}
methods: [ce]
model: {name: mlp, width: 32}
training: {epochs: EPOCHS, batch_size: 32}
search: {trials: 1, batch: 1, pruner: none}
confirm: {seeds: 2}
"""


@pytest.fixture
def node(tmp_path):
    """A node of one CPU on which Slurm's `srun` does what it does on one node: it runs the command."""
    with Machine(tmp_path / "node", {}) as machine:
        programs = machine.folder / ".venv" / "bin"
        programs.mkdir(parents=True)
        (programs / "srun").write_text('#!/bin/sh\nexec "$@"\n')
        (programs / "srun").chmod(0o755)
        yield machine


SLURM = {"SLURM_JOB_NUM_NODES": "1", "SLURM_CPUS_ON_NODE": "1", "SAT_SWEEP_HEAD": "127.0.0.1"}


@pytest.mark.slow
def test_a_job_runs_a_sweep_and_ends_with_it(node):
    (node.folder / "space.yaml").write_text(SPACE.replace("EPOCHS", "3"))
    job = node.run([str(SBATCH), "space.yaml"], SLURM, timeout=180)
    assert job.returncode == 0, job.stdout + job.stderr
    assert (node.folder / "sweeps" / "tiny" / "report" / "report.html").is_file()
    assert "raylet" not in node.run(["ps", "axww", "-o", "comm"], {}).stdout


@pytest.mark.slow
def test_a_job_whose_time_is_over_stops_the_sweep_cleanly(node):
    (node.folder / "space.yaml").write_text(SPACE.replace("EPOCHS", "4000"))
    job = node.start("job", ["sh", "-c", f'echo $$ > job.pid; exec "{SBATCH}" space.yaml'], SLURM)
    home = {"SAT_SWEEP_HOME": "sweeps"}
    running = """sat-sweep status tiny --json | grep --quiet '"running": 1'"""
    node.wait_until(["sh", "-c", running], home, "job")
    node.run(["sh", "-c", "kill -TERM $(cat job.pid)"], {})
    assert job.wait(timeout=120) == 3, (node.folder / "job.log").read_text()
    assert '"stopped"' in node.run(["sat-sweep", "status", "tiny", "--json"], home).stdout


def starts() -> list[list[str]]:
    """The arguments of every `ray start` in docker/."""
    described = yaml.safe_load(LAUNCHER.read_text())
    up = compose(EXAMPLE)["services"]
    lines = [*described["head_start_ray_commands"], *described["worker_start_ray_commands"],
             up["head"]["command"], up["worker"]["command"]]
    groups = [group for document in manifests("raycluster.yaml") for group in (
        document["spec"]["headGroupSpec"], *document["spec"]["workerGroupSpecs"])]
    return [line.split("ray start ")[1].split() for line in lines if "ray start " in line] + [
        [f"--{name}={value}" for name, value in group["rayStartParams"].items()] for group in groups]


@pytest.mark.filterwarnings("ignore")  # Ray's own
@pytest.mark.parametrize("arguments", starts(), ids=" ".join)
def test_each_option_of_ray_start_is_one(arguments):
    from ray.scripts.scripts import cli

    cli.commands["start"].make_context("start", arguments)


def test_rented_machines_are_described_as_ray_wants_them():
    from ray.autoscaler._private.util import prepare_config, validate_config

    described = yaml.safe_load(LAUNCHER.read_text())
    validate_config(prepare_config(described))
    with pytest.raises(Exception, match="head_node"):
        validate_config(prepare_config({**described, "head_node_typ": "head"}))
    assert described["available_node_types"]["gpu"]["node_config"]["InstanceMarketOptions"] == {"MarketType": "spot"}
    assert described["file_mounts"] == {"/var/lib/sat-sweep/env": "docker/.env"}
