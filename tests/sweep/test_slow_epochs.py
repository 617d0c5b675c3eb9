"""A driver is alive, hears and obeys however long an epoch takes; what there is gets reported."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from sat_sweep.home import unsealed
from sat_sweep.home.status import Status, read_status
from tests.execution.sweeps import Driver, Ended, Lab, mlflow_runs
from tests.sweep.slow_epochs import SPACE, slowed

pytestmark = pytest.mark.slow
BACKENDS = [["--workers", "2"], ["--serial"]]
FOREVER = 3600.0


def status(lab: Lab) -> Status | None:
    return read_status(lab.sweep) if (lab.home / "tiny" / "status.json").exists() else None


def running(lab: Lab) -> int:
    known = status(lab)
    return sum(study.running for study in known.studies) if known else 0


def check_interrupted(lab: Lab, ended: Ended) -> None:
    """Interrupted, resumable, and reported as far as it is."""
    assert ended.status == 3, ended.err
    assert "sat-sweep resume" in ended.err
    assert read_status(lab.sweep).state == "stopped"
    assert {"report.html", "report.json"} <= {path.name for path in lab.sweep.report_folder.iterdir()}
    runs = mlflow_runs(lab)
    assert "summary" in runs
    assert "RUNNING" not in {run["status"] for run in runs.values()}


@pytest.mark.parametrize("backend", BACKENDS, ids=" ".join)
def test_it_is_alive_in_the_middle_of_an_epoch(tmp_path: Path, backend: list[str]) -> None:
    """Nothing is reported before the first epoch's end, and it takes an hour."""
    lab = Lab(tmp_path, SPACE)
    with lab.driver(*backend, **slowed(tmp_path, FOREVER, patience=0.5)) as driver:
        workers = 2 if backend[0] == "--workers" else 1
        driver.wait_for(lambda: running(lab) == workers)
        for _ in range(3):
            before = beat(lab)
            driver.wait_for(lambda before=before: beat(lab) > before)
        known = status(lab)
        assert known is not None
        assert known.state == "running"
        assert sum(study.running for study in known.studies) == workers
        driver.process.send_signal(signal.SIGTERM)
        ended = driver.ended()
    assert "was asked to stop" in ended.err
    assert "no longer waiting for trials" in ended.err
    check_interrupted(lab, ended)


def beat(lab: Lab) -> float:
    return float(unsealed((lab.home / "tiny" / "status.json").read_bytes())["heartbeat"])


@pytest.mark.parametrize(("backend", "ask"), [(BACKENDS[0], "stop"), (BACKENDS[0], "Ctrl-C"), (BACKENDS[1], "stop")],
                         ids=["workers-stop", "workers-Ctrl-C", "serial-stop"])
def test_it_stops_at_the_end_of_the_epoch(tmp_path: Path, backend: list[str], ask: str) -> None:
    """Trials end their epochs, nobody is left in the middle of one."""
    lab = Lab(tmp_path, SPACE)
    with lab.driver(*backend, **slowed(tmp_path, 2.0)) as driver:
        driver.wait_for(lambda: stored(lab) >= 1)
        time.sleep(0.5)  # in the middle of the next: at the end of one it may be over before anything is said
        lab.stop() if ask == "stop" else driver.process.send_signal(signal.SIGINT)
        ended = driver.ended()
    assert "was asked to stop" in ended.err
    assert "no longer waiting" not in ended.err
    check_interrupted(lab, ended)


def stored(lab: Lab) -> int:
    """Files in the trajectory store: an epoch has ended."""
    return sum(1 for _ in (lab.home / "trajectories").rglob("*.records")) if lab.home.exists() else 0


def test_asking_twice_leaves_trials_where_they_are(tmp_path: Path) -> None:
    lab = Lab(tmp_path, SPACE)
    with lab.driver("--workers", "2", **slowed(tmp_path, FOREVER)) as driver:
        driver.wait_for(lambda: running(lab) == 2)
        driver.process.send_signal(signal.SIGINT)
        driver.wait_for(lambda: "was asked to stop" in said(driver))
        driver.process.send_signal(signal.SIGINT)
        ended = driver.ended()
    check_interrupted(lab, ended)


def said(driver: Driver) -> str:
    return (driver.folder / "err").read_text()
