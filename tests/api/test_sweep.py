"""Sweeps from Python, each with a driver of its own: launched, followed, stopped, killed, resumed, read."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sat_sweep
import sat_sweep.data
from sat_sweep.api.spaces import as_file
from sat_sweep.config.yaml_lines import write_yaml
from sat_sweep.errors import MachineFailure, SpaceFileError, UserError
from sat_sweep.sweep.launchers import kept_handle
from sat_sweep.sweep.launchers.process import ProcessLauncher

SPACE = {
    "name": "small", "dataset": {"name": "digits", "subset": 300}, "noise": {"kind": "symmetric", "rates": [0.3]},
    "methods": ["ce", "sat"], "model": {"name": "mlp", "width": 16}, "training": {"epochs": 6},
    "search": {"trials": 2, "batch": 2}, "confirm": {"seeds": 2},
}
ROOT = Path(__file__).parents[2]


@pytest.fixture
def without_ray(monkeypatch):
    """Drivers train in their own process: who trains is not what is asked here, and Ray takes a while to start."""
    start = ProcessLauncher.start
    monkeypatch.setattr(ProcessLauncher, "start", lambda self, sweep, words: start(self, sweep, [*words, "--serial"]))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("api")


@pytest.fixture(scope="module")
def finished(home):
    """A sweep that was launched from within a running event loop, and has ended."""
    async def launched():
        return sat_sweep.launch(SPACE, home=home)

    return asyncio.run(launched()).wait(timeout=240)


def test_a_launched_sweep_comes_to_its_end(finished):
    status = finished.status()
    assert (status.state, status.ended, status.budget) == ("finished", 7, 7)
    assert repr(finished) == "<Sweep small: finished, 7 of 7 trials>"
    assert "Test accuracy in %" in finished.log()


def test_the_answer_is_that_of_the_command(finished, home):
    printed = subprocess.run([sys.executable, "-m", "sat_sweep", "report", "small", "--json", "--home", str(home)],
                             capture_output=True, text=True, check=True, cwd=home).stdout
    assert finished.report().to_json() == json.loads(printed)
    page = finished.report()._repr_html_()
    assert page.startswith("<iframe srcdoc=")
    assert "sat-sweep report" in page


def test_results_have_a_row_per_trial(finished):
    frame = finished.results()
    assert len(frame) == 7
    assert set(frame["method"]) == {"ce", "sat"}
    confirmed = frame[(frame["method"] == "sat") & (frame["stage"] == "confirm")]
    row = next(row for row in finished.report().rows if row.method == "sat")
    assert confirmed["test/accuracy"].mean() == pytest.approx(row.last.summary.mean)
    assert set(confirmed["sat.momentum"]) == {row.settings["sat.momentum"]}


def test_the_winner_trains_again(finished):
    spec = finished.best("sat")
    assert spec.method == "sat"
    searched = finished.results().query("method == 'sat' and stage == 'search'")
    record = list(sat_sweep.epochs(spec))[-1]
    best = searched.loc[searched["score"].idxmax()]
    assert record.metrics["val/noisy_accuracy"] == best["val/noisy_accuracy"]
    with pytest.raises(UserError, match="there is no method 'gce'"):
        finished.best("gce")


def test_the_winner_predicts(finished, tmp_path, without_onnx):
    said = []
    model = finished.export(tmp_path / "model", method="ce", say=said.append)
    confirmed = finished.results().query("method == 'ce' and stage == 'confirm'")
    best = confirmed.loc[confirmed["val/noisy_accuracy"].idxmax()]
    data = sat_sweep.data.load(finished.best("ce").dataset)
    found = model.probabilities(data.test_images.numpy()).argmax(axis=1)
    assert (found == data.test_labels.numpy()).mean() == pytest.approx(best["test/accuracy"])
    assert said
    with pytest.raises(UserError, match="best-seed, ensemble, everything"):
        finished.export(tmp_path / "other", kind="worst")


def test_suspects_are_a_frame(finished):
    frame = finished.suspects()
    assert len(frame) == 2 * 300  # two seeds, each with labels of its own
    assert list(frame.columns[:4]) == ["rank", "row", "given", "suggested"]
    with pytest.raises(UserError, match="no noise level"):
        finished.suspects(noise="0.9")


def test_launching_again_changes_nothing(finished, home):
    again = sat_sweep.launch(SPACE, home=home).wait(timeout=120)
    assert again.report().to_json()["rows"] == finished.report().to_json()["rows"]
    assert len(again.results()) == 7


def test_further_trials(finished, home, without_ray):
    extended = sat_sweep.Sweep("small", home).resume(further_trials=1).wait(timeout=240)
    assert len(extended.results().query("stage == 'search' and method == 'sat'")) == 3


def test_stopped_killed_and_resumed(home, without_ray):
    """Two at a time; one is stopped, the other's driver is killed; both come to their ends."""
    long = {**SPACE, "training": {"epochs": 150}}
    stopped, killed = (sat_sweep.launch({**long, "name": name}, home=home) for name in ("stopped", "killed"))
    with pytest.raises(TimeoutError, match="sweep 'stopped' still runs"):
        stopped.wait(timeout=0)
    stopped.stop()
    os.kill(kept_handle(sat_sweep.Home(str(home)).sweep("killed")).pid, signal.SIGKILL)
    with pytest.raises(MachineFailure, match="sweep 'killed' is interrupted; `resume` goes on with it"):
        killed.wait(timeout=60)
    seen = []
    assert stopped.wait(timeout=120, on_status=seen.append).status().state == "stopped"
    for sweep in (stopped, killed):
        assert sweep.resume().wait(timeout=240).status().state == "finished"


def test_files_and_read_files_mean_the_same(tmp_path):
    """Relative paths in a file are taken from where it stands, those of a dict from here."""
    (tmp_path / "data").mkdir()
    np.savez(tmp_path / "data" / "own.npz", x_train=np.zeros((8, 4)), y_train=np.arange(8) % 2)
    content = {**SPACE, "dataset": {"name": "npz", "path": "data/own.npz"}}
    file = tmp_path / "own.yaml"
    file.write_text(write_yaml(content))
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        read = []
        for space in (file, str(file), content, sat_sweep.load_space(file)):
            with as_file(space) as stands:
                read.append(sat_sweep.load_space(stands))
    finally:
        os.chdir(here)
    assert all(each == read[0] for each in read)
    assert read[0].dataset.path == tmp_path / "data" / "own.npz"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "own.yaml"]


def test_mistakes_are_told_at_once(tmp_path, finished):
    with pytest.raises(SpaceFileError) as caught:
        sat_sweep.launch({**SPACE, "methods": ["nonsense"], "epochs": 3}, home=tmp_path)
    assert len(caught.value.problems) == 2
    with pytest.raises(UserError, match="was asked something else"):
        sat_sweep.launch({**SPACE, "seed": 5}, home=finished.home)
    with pytest.raises(UserError, match="there is no sweep 'nobody'"):
        sat_sweep.Sweep("nobody", tmp_path)
    with pytest.raises(UserError, match="rates"):
        sat_sweep.launch({**SPACE, "noise": {"kind": "symmetric", "rates": [1.5]}}, home=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_second_driver_is_refused(home, without_ray):
    running = sat_sweep.launch({**SPACE, "name": "held", "training": {"epochs": 150}}, home=home)
    with pytest.raises(UserError, match="held"):
        sat_sweep.launch({**SPACE, "name": "held", "training": {"epochs": 150}}, home=home)
    running.stop()
    running.wait(timeout=120)


def test_the_package_is_typed_for_its_users(tmp_path):
    """`mypy --strict` on a script that uses all of it."""
    script = tmp_path / "script.py"
    script.write_text('''
import sat_sweep


def best_of(space: dict[str, object]) -> float | None:
    sweep: sat_sweep.Sweep = sat_sweep.launch(space, home="sweeps", workers=2).wait(timeout=60.0)
    rows: tuple[object, ...] = sweep.report().rows
    frame = sweep.results()
    print(len(rows), frame, sweep.suspects(noise="0.2"), sweep.status().state.upper(), sweep.log())
    summary = sweep.report().rows[0].last.summary
    return summary.mean


value: float | None = best_of({"name": "x"})
wrong: int = sat_sweep.Sweep("x").name
''')
    words = ["--strict", str(script)]  # by our own settings, with which `.ci/check` has filled the cache
    done = subprocess.run([sys.executable, "-m", "mypy", *words], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.splitlines()[0].endswith(
        'error: Incompatible types in assignment (expression has type "str", variable has type "int")  [assignment]')
    assert "Found 1 error in 1 file" in done.stdout
