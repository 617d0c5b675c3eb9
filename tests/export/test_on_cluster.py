"""A model from a cluster: trained there, and the folder is here. The job is a process; the cluster is a list."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from sat_sweep.commands.on_cluster import Cluster
from sat_sweep.execution.ray_jobs import JobState
from sat_sweep.sweep.launchers.ray_job.launcher import RayJobLauncher
from sat_sweep.sweep.launchers.ray_job.parcel import PACKAGE
from tests.export import sweeps


class Jobs:
    """Runs each job at once, in a folder as Ray would give it."""

    address = "http://head:8265"

    def __init__(self, folder, home):
        self.folder, self.home, self.jobs, self.logs = folder, home, {}, {}

    def submit(self, name, command, folder, metadata):
        place = shutil.copytree(folder, self.folder / name)
        done = subprocess.run([sys.executable, "arrival.py"], cwd=place, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT,
                              env={**os.environ, "SAT_SWEEP_HOME": self.home, "PYTHONPATH": str(PACKAGE.parent)})
        self.jobs[name] = JobState(name, "failed" if done.returncode else "succeeded", done.returncode, metadata)
        self.logs[name] = done.stdout
        return True

    def all(self):
        return list(self.jobs.values())

    def wait(self, name):
        return self.jobs[name]

    def log(self, name):
        return self.logs[name]

    def forget(self, name):
        del self.jobs[name]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return sweeps.finished(tmp_path_factory.mktemp("sweep"), "ce", "{name: mlp, width: 128}", epochs=2)


@pytest.fixture
def cluster(home, tmp_path):
    cluster = object.__new__(Cluster)
    cluster.jobs, cluster.home, cluster._words = Jobs(tmp_path, home), None, []
    cluster.launcher = RayJobLauncher(cluster.jobs)
    return cluster


def test_the_folder_is_that_of_an_export_at_home(cluster, home, tmp_path, capfd):
    there, here = tmp_path / "there", tmp_path / "here"
    assert cluster.export("small", ["--from", "best-seed"], there) == 0
    said = capfd.readouterr().err
    assert "test examples" in said
    assert f"Model: {there}" in said
    assert sweeps.command("export", "small", "--home", home, "--out", here).exit_code == 0
    for name in ("weights.safetensors", "network.json", "model.json", "predict.py", "README.md"):
        assert (there / name).read_bytes() == (here / name).read_bytes()
    assert sorted(path.name for path in there.iterdir()) == sorted(path.name for path in here.iterdir())
    (log,) = cluster.jobs.logs.values()
    assert files_in(log) == {"weights.safetensors", "network.json", "model.json", "predict.py", "README.md"}


def files_in(log: str) -> set[str]:
    frames = [json.loads(line.removeprefix("sat-sweep:")) for line in log.splitlines() if line.startswith("sat-sweep:")]
    return {content[0] for kind, content in frames if kind == "file"}


def test_a_refusal_there_is_one_here(cluster, tmp_path, capfd):
    assert cluster.export("small", ["--noise", "0.3"], tmp_path / "model") == 2
    assert "there is no noise level '0.3'" in capfd.readouterr().err
    assert not (tmp_path / "model").exists()


def test_more_than_a_log_bears_is_said_and_nothing_is_left(home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sat_sweep.commands.exporting.MOST", 1000)
    done = sweeps.command("export", "small", "--home", home, "--out", "returns")
    assert done.exit_code == 2
    assert "is the most that comes back from a cluster" in done.stderr
    assert not (tmp_path / "returns").exists()
