"""Whole sweeps on real Ray, Optuna and MLflow: one answer, however they are run and whatever happens meanwhile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sat_sweep.config import load_space, plan
from sat_sweep.home import Result
from sat_sweep.home.status import read_status
from sat_sweep.search.study_search import StudySearch
from tests.execution.postgres import cluster
from tests.execution.sweeps import NAME, SEEDS, SPACE, STUDIES, Ended, Lab, check_records, mlflow_runs

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
    assert read_status(lab.sweep).state == "finished"
    check_records(lab)


def test_one_worker_finds_the_same(reference: tuple[Lab, Ended], lab: Lab) -> None:
    assert lab.launch("--workers", "1").status == 0
    check_same(lab, reference)


def test_without_ray_it_finds_the_same(reference: tuple[Lab, Ended], lab: Lab) -> None:
    assert lab.launch("--serial").status == 0
    check_same(lab, reference)


def test_at_no_time_more_trials_run_than_there_are_workers(reference: tuple[Lab, Ended]) -> None:
    """By the workers' own clock; so what trials took sums up to no more than the workers had."""
    results = list(reference[0].sweep.results())
    moments = sorted([(r.started, 1) for r in results] + [(r.ended, -1) for r in results])
    running = [sum(step for _, step in moments[:place]) for place in range(1, len(moments) + 1)]
    assert max(running) == 2
    span = max(r.ended for r in results) - min(r.started for r in results)
    assert sum(r.ended - r.started for r in results) <= 2 * span


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
    changed = lab.text.replace("epochs: 16", "epochs: 17").replace("rates: [0.4]", "rates: [0.3]")
    refused = replace(lab, text=changed).launch()
    assert (refused.status, refused.out) == (2, "")
    assert "training.epochs: 16 -> 17" in refused.err
    assert "noise.rates: [0.4] -> [0.3]" in refused.err
    assert "Traceback" not in refused.err
    assert everything(lab) == before


def everything(lab: Lab) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in lab.home.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lab, Ended, int]:
    """A sweep that another process has stopped; slow enough for the driver to notice before its end."""
    lab = Lab(tmp_path_factory.mktemp("stopped"))
    with lab.driver("--workers", "1", "--no-share") as driver:
        driver.wait_for(lambda: lab.ended() >= 1)
        lab.stop()
        return lab, driver.ended(), lab.ended()


def test_a_stopped_sweep_is_resumed(reference: tuple[Lab, Ended], stopped: tuple[Lab, Ended, int]) -> None:
    lab, driver, ended = stopped
    assert (driver.status, "sat-sweep resume" in driver.err) == (3, True)
    assert 1 <= ended < ALL
    assert read_status(lab.sweep).state == "stopped"
    assert "RUNNING" not in {run["status"] for run in mlflow_runs(lab).values()}
    assert lab.command("resume", NAME, "--workers", "2").status == 0
    assert lab.ended() == ALL
    check_same(lab, reference)


def test_an_extension_trains_only_what_is_new(stopped: tuple[Lab, Ended, int]) -> None:
    """Runs after the resumption. A new trial may win, and then confirmations are new too."""
    lab, *_ = stopped
    before, winners = lab.files(), settings(lab)
    extended = lab.command("extend", NAME, "--trials", "+2", "--workers", "2")
    assert extended.status == 0, extended.err
    after = lab.files()
    new = {name.removesuffix(".json") for name in after if before.get(name) != after[name]}
    searched = {f"{key}/search-{number:04d}" for key, trials in STUDIES.items() if trials > 1
                for number in (trials, trials + 1)}
    moved = [key for key, values in settings(lab).items() if values != winners[key]]
    assert new == searched | {f"{key}/confirm-{number:04d}" for key in moved for number in range(SEEDS)}
    results = (lab.sweep.result(name) for name in new)
    assert extended.epochs_trained == sum(result.epochs_trained for result in results if result)
    check_records(lab, {key: trials + 2 * (trials > 1) for key, trials in STUDIES.items()})


def settings(lab: Lab) -> dict[str, Any]:
    """What won, by study."""
    return {f"{row['method']}/{row['noise']}": row["settings"] for row in lab.report()["rows"]}


HUGE = 10**12
"""A width that no machine has memory for: building the network raises in the worker."""
FAILING = f"""\
name: {NAME}
seed: SEED
dataset: {{name: digits, subset: 300}}
noise: {{kind: symmetric, rates: [0.4]}}
methods: [ce, sat_sce]
model: {{name: mlp, width: 32}}
training: {{epochs: 3, batch_size: 32}}
search:
  trials: 3
  batch: 3
  space:
    model.width: {{choices: [32, {HUGE}]}}
    sat_sce.alpha: 1.0e+39    # more than a 32-bit loss can be
    sat_sce.start_epoch: 1
confirm: {{seeds: {SEEDS}}}
"""


def test_failing_trials_have_reasons_and_the_sweep_goes_on(tmp_path: Path) -> None:
    """Each study has a trial that raises; the others are fine for ce, and diverge for sat_sce."""
    text = next(text for seed in range(100) if one_is_huge(text := FAILING.replace("SEED", str(seed)), tmp_path))
    lab = Lab(tmp_path, text)
    launched = lab.launch()
    assert launched.status == 1, launched.err
    assert "warning: sat_sce/symmetric-0.4 has no usable trial" in launched.err
    assert "warning: ce/" not in launched.err
    results = list(lab.sweep.results())
    assert len(results) == 3 + 3 + SEEDS
    for result in results:
        reason = fate(result)
        assert (result.state, reason in (result.reason or "")) == ("failed" if reason else "complete", True)
        assert (f"\n{result.name} failed: {reason}" in f"\n{launched.err}") == bool(reason)
    runs = mlflow_runs(lab)
    assert {runs[result.name]["status"] for result in results if result.state == "failed"} == {"FAILED"}
    assert "RUNNING" not in {run["status"] for run in runs.values()}


def fate(result: Result) -> str:
    """Why a trial has to fail, nothing if it goes well."""
    if result.values["model.width"] == HUGE:
        return "RuntimeError: "
    return "epoch 2: the training loss is not finite" if result.method == "sat_sce" else ""


def one_is_huge(text: str, folder: Path) -> bool:
    """Whether that is what the search will draw."""
    file = folder / "try.yaml"
    file.write_text(text)
    unwritten: Any = SimpleNamespace(stored=[], asked=lambda *_: None)
    studies = (StudySearch(study, unwritten) for study in plan(load_space(file)).studies)
    return all([trial.values["model.width"] for trial in study.ask()].count(HUGE) == 1 for study in studies)


def test_postgresql_holds_the_studies(reference: tuple[Lab, Ended], tmp_path: Path) -> None:
    """The same answer; killed in the middle, it goes on from the server."""
    with cluster() as url:
        lab = Lab(tmp_path, f"{SPACE}storage: {{studies: '{url}'}}\n")
        with lab.driver() as driver:
            driver.wait_for(lambda: lab.ended() >= 4)
            driver.kill()
            assert lab.launch().status == 0
        assert not (lab.home / "studies.db").exists()
        assert lab.results() == reference[0].results()
        assert lab.report() == reference[0].report()
        check_records(lab, url=url)
