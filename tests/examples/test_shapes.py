"""A dataset, a network, an augmentation and a method of one file: swept, shared, resumed, exported, predicted with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sat_sweep.config import load_space
from sat_sweep.data import load
from sat_sweep.report import build_report
from tests.execution.sweeps import NAME, Ended, Lab
from tests.export.sweeps import bare_python, classes_by_bare_python, command

pytestmark = pytest.mark.slow
EXAMPLES = Path(__file__).parents[2] / "examples"
SHORTER = {"name: shapes\n": f"name: {NAME}\n", "[shapes.py]": f"[{EXAMPLES / 'shapes.py'}]", "epochs: 20": "epochs: 6",
           "{name: shapes}": "{name: shapes, count: 90}", "trials: 3": "trials: 2", "seeds: 3": "seeds: 2"}


def space() -> str:
    """The example's file, with less of everything."""
    text = (EXAMPLES / "shapes.yaml").read_text()
    for long, short in SHORTER.items():
        assert long in text
        text = text.replace(long, short)
    return text


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lab, Ended]:
    lab = Lab(tmp_path_factory.mktemp("two"), space())
    return lab, lab.launch("--workers", "2")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path, space())


def test_on_two_workers_it_shares_what_is_the_same(two_workers: tuple[Lab, Ended]) -> None:
    lab, launched = two_workers
    assert launched.status == 0, launched.err
    assert {row["method"] for row in lab.report()["rows"]} == {"ce", "brier"}
    assert launched.epochs_trained < sum(len(result["history"]) for result in lab.results().values())


@pytest.mark.parametrize("options", [["--serial"], ["--serial", "--no-share"]], ids=" ".join)
def test_without_ray_and_without_sharing_it_finds_the_same(two_workers, lab, options) -> None:
    assert lab.launch(*options).status == 0
    assert lab.results() == two_workers[0].results()


def test_stopped_and_resumed_it_finds_the_same(two_workers: tuple[Lab, Ended], lab: Lab) -> None:
    with lab.driver("--workers", "2") as driver:
        driver.wait_for(lambda: lab.ended() > 0)
        lab.stop()
        assert driver.ended().status == 3
    assert lab.command("resume", NAME, "--serial").status == 0
    assert lab.results() == two_workers[0].results()


@pytest.mark.usefixtures("without_onnx")
def test_exported_it_answers_as_it_did_when_it_was_tested(two_workers: tuple[Lab, Ended], tmp_path: Path) -> None:
    lab, model = two_workers[0], tmp_path / "model"
    exported = command("export", NAME, "--home", lab.home, "--method", "brier", "--out", model)
    assert exported.exit_code == 0, exported.output
    data = load(load_space(lab.folder / "space.yaml").dataset)
    np.savez(tmp_path / "new.npz", x=data.test_images.numpy())
    found = classes_by_bare_python(model, tmp_path / "new.npz", bare_python(tmp_path))
    true = np.array(data.class_names)[data.test_labels.numpy()]
    assert float((found == true).mean()) in _of_seeds(lab)


def _of_seeds(lab: Lab) -> list[float]:
    row = next(row for row in build_report(lab.sweep).rows if row.method == "brier")
    return [pytest.approx(value, abs=1e-6) for value in row.last.by_seed.values()]
