"""What travels to a cluster, and what is made of it there."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sat_sweep
from sat_sweep.config.loader import load_space
from sat_sweep.errors import SpaceFileError, UserError
from sat_sweep.sweep.launchers import asking_user
from sat_sweep.sweep.launchers.ray_job import parcel, receive
from sat_sweep.sweep.launchers.ray_job.arrival import ABSENT, package_digest
from sat_sweep.sweep.launchers.ray_job.parcel import PACKAGE, SpaceParcel, pack
from sat_sweep.sweep.launchers.ray_job.request import PLACE, Request

SPACE = """\
# With data and code of its own.
name: own
plugins: [code/scores.py]   # relative
dataset: {name: npz, path: data.npz}
noise: {kind: symmetric, rates: [0.2]}
methods: [ce]
model: {name: mlp}
vary:
  dataset.path: [data.npz, "more data.npz"]
"""


def request(**changes) -> Request:
    known = {"arguments": ("status", "own"), "job": "j", "address": "http://head:8265", "home": None,
             "known_home": None, "version": sat_sweep.__version__, "digest": package_digest(PACKAGE)}
    return Request(**{**known, **changes})


def travelling(file: Path) -> SpaceParcel:
    return SpaceParcel.of(file, load_space(file))


@pytest.fixture
def space(tmp_path) -> Path:
    folder = tmp_path / "client"
    (folder / "code").mkdir(parents=True)
    (folder / "code" / "scores.py").write_text("SCORES = 1\n")
    arrays = {"x_train": np.zeros((8, 2), np.float32), "y_train": np.arange(8) % 2}
    for name in ("data.npz", "more data.npz"):
        np.savez(folder / name, **arrays)
    (folder / "space.yaml").write_text(SPACE)
    return folder / "space.yaml"


def test_relative_files_travel_and_the_text_stays_what_it_was(space, tmp_path):
    folder = tmp_path / "parcel"
    folder.mkdir()
    pack(folder, request(), travelling(space), with_package=False)
    text = (folder / "space.yaml").read_text()
    sent = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    places = [word.strip('"') for word in text.replace(",", " ").replace("]", " ").replace("[", " ").split()
              if PLACE in word]
    assert len(places) == 4
    assert text.startswith("# With data and code of its own.\n")
    assert "# relative" in text
    for name in ("scores.py", "data.npz"):
        [key] = {place.removeprefix(PLACE) for place in places if place.endswith(name)} - {""}
        original = space.parent / ("code/scores.py" if name == "scores.py" else name)
        assert sent[f"uploads/{key}"] == original.read_bytes()
    assert "sat_sweep/__init__.py" not in sent


def test_the_size_is_known_before_and_has_a_limit(space, monkeypatch):
    size, places = travelling(space).size(), list(travelling(space).files)
    files = ("data.npz", "data.npz", "more data.npz", "code/scores.py")
    assert size == sum((space.parent / name).stat().st_size for name in files)
    assert places == ["dataset.path", "vary.dataset.path.0", "vary.dataset.path.1", "plugins.0"]
    monkeypatch.setattr(parcel, "LIMIT", 100)
    with pytest.raises(UserError, match=r"dataset\.path .*have to travel .* s3://"):
        travelling(space).size()


def test_whole_paths_and_uris_are_left_to_the_cluster(space, tmp_path):
    text = SPACE.replace("data.npz", str(space.parent / "data.npz"), 1).replace("code/scores.py",
                                                                                 str(space.parent / "code/scores.py"))
    space.write_text(text[:text.index("vary:")])
    folder = tmp_path / "parcel"
    folder.mkdir()
    pack(folder, request(), travelling(space), with_package=False)
    assert (folder / "space.yaml").read_text() == space.read_text()
    assert not (folder / "uploads").exists()


def test_a_relative_name_with_nothing_behind_it_is_refused(space):
    (space.parent / "more data.npz").unlink()
    with pytest.raises(SpaceFileError, match=r"space\.yaml:9: vary\.dataset\.path\.1: .*does not exist"):
        travelling(space).size()


def test_what_arrives_lies_in_the_home_and_the_space_file_says_so(space, tmp_path, monkeypatch):
    folder, home = tmp_path / "parcel", tmp_path / "home"
    folder.mkdir()
    pack(folder, request(), travelling(space), with_package=False)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SAT_SWEEP_HOME", str(home))
    receive.settle(request())
    arrived = load_space(folder / "space.yaml")
    assert arrived.dataset.path.is_relative_to(home / "uploads")
    assert arrived.dataset.path.read_bytes() == (space.parent / "data.npz").read_bytes()
    assert Path(arrived.plugins[0].source).is_relative_to(home / "uploads")
    before = arrived.dataset.path.stat().st_mtime_ns
    receive.settle(request())
    assert arrived.dataset.path.stat().st_mtime_ns == before  # the same content is sent once


def test_who_sent_it_is_known_where_it_arrives(monkeypatch):
    owners = []
    for name in ("SAT_SWEEP_JOB", "SAT_SWEEP_CLUSTER", "SAT_SWEEP_OWNER"):
        monkeypatch.setenv(name, "")  # so that it is put back
    monkeypatch.setattr("sys.argv", [])
    monkeypatch.setattr(receive, "frame_output", io.StringIO)
    monkeypatch.setattr(receive, "settle", lambda request: None)
    monkeypatch.setattr(receive.atexit, "register", lambda *_: None)
    monkeypatch.setattr(receive.runpy, "run_module", lambda *_, **__: owners.append(asking_user()))
    assert receive.carry_out(request(owner="ada@laptop").to_json()) == 0
    assert owners == ["ada@laptop"]


@pytest.mark.parametrize("home", ["sweeps", "./x"])
def test_a_home_that_would_go_with_the_job_is_refused(home, monkeypatch):
    monkeypatch.delenv("SAT_SWEEP_HOME", raising=False)
    with pytest.raises(UserError, match="every node of the cluster sees"):
        receive.settle(request(home=home))


def run(folder: Path, *options: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *options, "arrival.py"], cwd=folder, capture_output=True, text=True)


def test_another_package_there_is_refused_in_a_sentence(tmp_path):
    pack(tmp_path, request(digest="0" * 64, version="9.9"), None, with_package=False)
    done = run(tmp_path)
    assert done.returncode == 2
    assert json.loads(done.stdout.removeprefix("sat-sweep:"))[1].startswith(
        f"the cluster has sat-sweep {sat_sweep.__version__}, and this machine has 9.9: install the same")


def test_an_absent_package_is_said_to_be_and_may_be_brought(tmp_path):
    pack(tmp_path, request(), None, with_package=False)
    alone = ("-S",)  # without installed packages
    assert run(tmp_path, *alone).returncode == ABSENT
    assert run(tmp_path, *alone).stdout == 'sat-sweep:["absent", null]\n'
    pack(tmp_path, request(), None, with_package=True)
    assert package_digest(tmp_path / "sat_sweep") == package_digest(PACKAGE)
    done = run(tmp_path, *alone)  # it was found, what it needs was not
    assert done.returncode == 2
    assert "the Python of the cluster lacks " in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_no_python_with_ray_is_said_in_a_sentence(tmp_path):
    pack(tmp_path, request(), None, with_package=False)
    done = subprocess.run(["/bin/sh", "run.sh"], cwd=tmp_path, capture_output=True, text=True,
                          env={"PATH": "", "SAT_SWEEP_PYTHON": "no-such-python"})
    assert done.returncode == 2
    assert "set SAT_SWEEP_PYTHON" in json.loads(done.stdout.removeprefix("sat-sweep:"))[1]
