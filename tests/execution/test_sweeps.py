"""Whole sweeps on real Ray, Optuna and MLflow: one answer, however they are run and whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sat_sweep.config import load_space, plan
from sat_sweep.search.searcher import StudySearch
from sat_sweep.status import read_status
from tests.execution.postgres import cluster
from tests.execution.sweeps import NAME, SEEDS, STUDIES, Ended, Lab, check_records, end

pytestmark = pytest.mark.slow
ALL = sum(STUDIES.values()) + SEEDS * len(STUDIES)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lab, Ended]:
    """The sweep, undisturbed, on two workers."""
    lab = Lab(tmp_path_factory.mktemp("reference"))
    return lab, lab.launch("--workers", "2")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def check_same(lab: Lab, reference: tuple[Lab, Ended]) -> None:
    """The same trials with the same numbers, the same report, and records that agree with them."""
    assert lab.results() == reference[0].results()
    assert lab.report() == reference[0].report()
    check_records(lab)


def test_a_launch_leaves_an_answer(reference: tuple[Lab, Ended]) -> None:
    lab, launched = reference
    assert launched.status == 0, launched.err
    assert "sat+reset" in launched.out
    assert {"report.html", "report.json"} <= {path.name for path in lab.sweep.report_folder.iterdir()}
    results = lab.results()
    assert len(results) == ALL
    assert {result["state"] for result in results.values()} == {"complete", "pruned"}
    assert launched.epochs_trained == lab.epochs_trained() < sum(len(r["history"]) for r in results.values())
    assert read_status(lab.sweep)["state"] == "finished"
    check_records(lab)


def test_one_worker_finds_the_same(reference: tuple[Lab, Ended], lab: Lab) -> None:
    assert lab.launch("--workers", "1").status == 0
    check_same(lab, reference)


def test_without_sharing_it_finds_the_same_with_more_work(reference: tuple[Lab, Ended], lab: Lab) -> None:
    launched = lab.launch("--workers", "2", "--no-share")
    assert launched.status == 0
    check_same(lab, reference)
    epochs = sum(len(result["history"]) for result in lab.results().values())
    assert reference[1].epochs_trained < launched.epochs_trained == epochs
    assert not (lab.home / "trajectories").exists()


def test_launching_again_trains_nothing_and_starts_no_ray(reference: tuple[Lab, Ended], tmp_path: Path) -> None:
    lab, _ = reference
    files, report = lab.files(), lab.report()
    again = lab.launch(RAY_TMPDIR=str(tmp_path))  # where Ray would keep its session
    assert (again.status, again.epochs_trained) == (0, 0)
    assert list(tmp_path.iterdir()) == []
    assert (lab.files(), lab.report()) == (files, report)
    check_records(lab)


def test_another_file_under_the_name_is_refused(reference: tuple[Lab, Ended]) -> None:
    lab, _ = reference
    before = everything(lab)
    changed = lab.text.replace("epochs: 16", "epochs: 17").replace("0.0, 0.4", "0.0, 0.3")
    refused = replace(lab, text=changed).launch()
    assert (refused.status, refused.out) == (2, "")
    assert "training.epochs: 16 -> 17" in refused.err
    assert "noise.rates: [0.0, 0.4] -> [0.0, 0.3]" in refused.err
    assert "Traceback" not in refused.err
    assert everything(lab) == before


def everything(lab: Lab) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in lab.home.rglob("*") if path.is_file()}


def test_a_killed_driver_goes_on_where_it_was(reference: tuple[Lab, Ended], lab: Lab) -> None:
    """Killed in the search and again in the confirmation; its workers and its mirror may outlive it for a while."""
    for ended in (6, ALL - SEEDS * 3):
        with lab.driver() as driver:
            driver.wait_for(lambda ended=ended: lab.ended() >= ended)
            driver.kill()
            assert lab.ended() < ALL
            half = lab.launch() if ended > 6 else None
    assert half is not None
    assert half.status == 0
    check_same(lab, reference)
