"""The mirror on a real SQLite store: what it shows, and that showing it again changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mirrored_home import home, report_files, result, shown

from sat_sweep.home import SweepHome
from sat_sweep.tracking.mirror import Mirror

CE, SAT = "ce/symmetric-0.4", "sat+reset/symmetric-0.4"


def seen(mirror: Mirror) -> dict[str, dict[str, Any]]:
    return shown(mirror.client, mirror.sweep.name)


def test_trials_are_children_of_their_study(uri: str, sweep: SweepHome) -> None:
    mirror = Mirror(uri, sweep)
    mirror.mirror_all()
    runs = seen(mirror)
    assert set(runs) == {CE, SAT} | {f"{study}/{trial}" for study in (CE, SAT) for trial in (
        "search-0000", "search-0001", "search-0002", "confirm-0000", "confirm-0001")}
    assert {run["parent"] for name, run in runs.items() if name.startswith(f"{CE}/")} == {CE}
    assert {runs[CE]["parent"], runs[SAT]["parent"]} == {None}


def test_a_trial_shows_its_epochs_settings_and_origin(uri: str, sweep: SweepHome) -> None:
    mirror = Mirror(uri, sweep)
    mirror.mirror_all()
    trial = seen(mirror)[f"{SAT}/search-0000"]
    assert [(step, value) for step, value, _ in trial["metrics"]["val/noisy_accuracy"]] == [
        (1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4), (5, 0.5)]
    assert [time for _, _, time in trial["metrics"]["train/loss"]] == [
        1002000, 1004000, 1006000, 1008000, 1010000]
    assert trial["metrics"]["value"] == [(5, 0.5, 1010000)]
    assert trial["parameters"] == {"method": "sat+reset", "sat.momentum": "0.9",
                                   "training.optimizer.lr": "0.1"}
    expected = {"sweep": "toy", "study": SAT, "method": "sat+reset", "noise": "symmetric-0.4",
                "stage": "search", "seed": "0", "state": "complete", "error_rate": "0.41", "commit": "c0ffee",
                "versions": '{"torch": "2.13.0"}'}
    assert {name: trial["tags"][f"sat_sweep.{name}"] for name in expected} == expected
    assert (trial["started"], trial["ended"]) == (1000000, 1010000)


def test_a_study_shows_what_its_method_is_told(uri: str, sweep: SweepHome) -> None:
    told = {CE: [], SAT: ["trusted examples"]}
    sweep.update(studies=[{**vars(study), "told": told[study.key]} for study in sweep.describe().studies])
    mirror = Mirror(uri, sweep)
    mirror.mirror_all()
    runs = seen(mirror)
    assert runs[SAT]["tags"]["sat_sweep.told"] == '["trusted examples"]'
    assert "sat_sweep.told" not in runs[CE]["tags"]


def test_states_become_statuses(uri: str, sweep: SweepHome) -> None:
    mirror = Mirror(uri, sweep)
    mirror.mirror_all()
    runs = seen(mirror)
    status = {name: runs[f"{CE}/{name}"]["status"] for name in ("search-0000", "search-0001", "search-0002")}
    assert status == {"search-0000": "FINISHED", "search-0001": "FINISHED", "search-0002": "FAILED"}
    assert runs[f"{CE}/search-0001"]["tags"]["sat_sweep.state"] == "pruned"
    assert runs[f"{CE}/search-0002"]["tags"]["sat_sweep.reason"] == "epoch 5: not finite"
    assert runs[CE]["status"] == "FINISHED"


def test_mirroring_again_changes_nothing(uri: str, sweep: SweepHome) -> None:
    report_files(sweep.folder.path / "report")  # type: ignore[attr-defined]
    Mirror(uri, sweep).mirror_all()
    again = Mirror(uri, sweep)
    before = seen(again)
    again.mirror_all()
    for found in sweep.results():
        again.add(found)
    again.mirror_all()
    after = seen(again)
    for runs in (before, after):  # when it was looked at last is all that may differ
        runs["summary"]["ended"] = runs[CE]["ended"] = runs[SAT]["ended"] = None
    assert after == before


def test_a_half_written_trial_is_completed(uri: str, sweep: SweepHome,
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = Mirror(uri, sweep)
    mirror.mirror_all()
    complete = seen(mirror)
    late = result("ce", "search", 7)
    monkeypatch.setattr(mirror.runs, "close", lambda *given: (_ for _ in ()).throw(OSError("cut off")))
    with pytest.raises(OSError, match="cut off"):
        mirror.add(late)
    sweep.add_result(late)
    assert seen(mirror)[late.name]["status"] == "RUNNING"
    Mirror(uri, sweep).mirror_all()
    runs = seen(mirror)
    assert runs[late.name]["status"] == "FINISHED"
    assert len(runs[late.name]["metrics"]["train/loss"]) == 5
    assert runs.keys() - complete.keys() == {late.name}


def test_a_result_that_changed_replaces_its_run(uri: str, sweep: SweepHome) -> None:
    mirror = Mirror(uri, sweep)
    mirror.mirror_all()
    changed = replace(result("ce", "confirm", 0), values={"sat.momentum": 0.5})
    sweep.add_result(changed)
    Mirror(uri, sweep).mirror_all()
    run = seen(mirror)[changed.name]
    assert run["parameters"]["sat.momentum"] == "0.5"
    assert (run["status"], len(run["metrics"]["train/loss"])) == ("FINISHED", 5)


def test_a_study_is_running_while_trials_come_in(uri: str, sweep: SweepHome) -> None:
    mirror = Mirror(uri, sweep)
    mirror.mirror_all()
    mirror.add(result("ce", "search", 8))
    assert {key: seen(mirror)[key]["status"] for key in (CE, SAT)} == {CE: "RUNNING", SAT: "FINISHED"}
    mirror.study_state(SAT, "KILLED")
    mirror.settle()
    assert {key: seen(mirror)[key]["status"] for key in (CE, SAT)} == {CE: "KILLED", SAT: "KILLED"}


def test_an_unfinished_study_is_not_left_running(uri: str, tmp_path: Path) -> None:
    mirror = Mirror(uri, home(tmp_path, name="unfinished", confirmed=0))
    mirror.add(result("ce", "search", 0))
    assert seen(mirror)[CE]["status"] == "RUNNING"
    again = Mirror(uri, mirror.sweep)
    again.mirror_all()
    assert {run["status"] for name, run in seen(again).items() if name in (CE, SAT)} == {"KILLED"}


def test_what_mlflow_cannot_hold_is_cut_or_left_out(uri: str, sweep: SweepHome) -> None:
    broken = result("ce", "search", 9, reason="x" * 9000, state="failed", value=float("nan"))
    broken.spec["noise"] = {"matrix": [[0.123456789] * 50] * 50}
    broken.spec["odd+name"] = 1
    broken.history[1]["metrics"] |= {"train/loss": float("nan"), "test/accuracy": float("inf")}
    mirror = Mirror(uri, sweep)
    mirror.add(broken)
    run = seen(mirror)[broken.name]
    assert len(run["tags"]["sat_sweep.reason"]) == len(run["parameters"]["noise.matrix"]) == 500
    assert run["parameters"]["noise.matrix"].endswith("…")
    assert run["parameters"]["odd_name"] == "1"
    assert [step for step, _, _ in run["metrics"]["train/loss"]] == [1, 3, 4, 5]
    assert not {"test/accuracy", "value"} & set(run["metrics"])


def test_the_summary_holds_the_report_and_its_numbers(uri: str, sweep: SweepHome, tmp_path: Path) -> None:
    mirror = Mirror(uri, sweep)
    mirror.mirror_all()
    mirror.summary(report_files(tmp_path / "elsewhere"))
    runs = seen(mirror)
    assert (runs["summary"]["metrics"], runs["summary"]["status"]) == ({}, "FINISHED")
    latest = {name: points[-1][1] for name, points in runs[SAT]["metrics"].items()}
    assert latest == {"last/mean": 0.9, "last/std": 0.01, "last/low": 0.88, "last/high": 0.92, "rate": 0.4,
                      "error_rate": 0.41, "seeds": 2.0}
    assert runs[SAT]["parameters"] == {"method": "sat+reset", "noise": "symmetric-0.4", "rate": "0.4",
                                       "sat.momentum": "0.9"}
    artifacts = mirror.client.list_artifacts(mirror.runs.id_of("summary"))
    assert sorted(found.path for found in artifacts) == ["report.html", "report.json", "report.md"]
    database = Path(uri.removeprefix("sqlite:///"))
    assert list(database.parent.glob("mlartifacts/*/artifacts/report.html"))


def test_a_stranger_s_sweep_of_the_same_name_is_left_alone(uri: str, tmp_path: Path) -> None:
    ours = home(tmp_path / "a", name="shared")
    theirs = home(tmp_path / "b", name="shared", searched=1, confirmed=0)
    theirs.update(created=901.0)
    Mirror(uri, ours).mirror_all()
    mirror = Mirror(uri, theirs)
    mirror.mirror_all()
    assert len(shown(mirror.client, "shared")) == 12
    assert set(shown(mirror.client, "shared (2)")) == {CE, SAT, f"{CE}/search-0000", f"{SAT}/search-0000"}
    Mirror(uri, theirs).mirror_all()
    assert len(shown(mirror.client, "shared (2)")) == 4


def test_nothing_global_is_touched(uri: str, sweep: SweepHome, tmp_path: Path,
                                   monkeypatch: pytest.MonkeyPatch) -> None:
    import mlflow

    monkeypatch.chdir(tmp_path)
    Mirror(uri, sweep).mirror_all()
    assert mlflow.active_run() is None
    assert not (tmp_path / "mlruns").exists()
    assert not (tmp_path / "mlflow.db").exists()
