from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sat_sweep.data import load
from sat_sweep.export import exporting, other_formats
from sat_sweep.export.choice import Kind, choose
from sat_sweep.export.finished import trained
from sat_sweep.export.predictor import load as load_model
from sat_sweep.home import Home
from sat_sweep.report import build_report
from sat_sweep.training import TrajectoryStore
from sat_sweep.training.loop import Trial
from tests.export import sweeps


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A sweep that memorises: the best epoch is an early one."""
    return sweeps.finished(tmp_path_factory.mktemp("sweep"), "ce, ce+reset", "{name: mlp, width: 64}", epochs=15,
                           lr=0.05, select="best")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "model"


def export(home: str, out: Path, *words: str):
    done = sweeps.command("export", "small", "--home", home, "--method", "ce", "--out", out, *words)
    assert done.exit_code == 0, done.output
    return json.loads((out / "model.json").read_text())


def choice_of(home: str, kind: Kind):
    report = build_report(Home(home).existing("small"))
    return choose(report, report.rows[0], kind)


def written(home: str, choice, out: Path):
    exporting.export(choice, TrajectoryStore(Home(home).trajectories), out, lambda text: None)
    return load_model(out).probabilities(load(sweeps.DIGITS).test_images)


def test_the_weights_that_were_judged_are_those_of_the_best_epoch(home, out):
    about = export(home, out)
    (seed,) = about["seeds"]
    best, last = (sweeps.reported(home, "ce", seed, epoch) for epoch in ("best", "last"))
    assert best != last
    assert about["accuracy"]["of_this_model"]["accuracy"] == best
    assert about["accuracy"]["of_the_seeds"] == {str(seed): best}
    assert about["weights"] == "best epoch by noisy validation"


def test_the_best_seed_is_that_of_noisy_validation(home):
    choice = choice_of(home, Kind.BEST_SEED)
    noisy = {result.seed: max(result.curve("val/noisy_accuracy")) for result in choice.row.confirmations}
    assert len(set(noisy.values())) == len(noisy) == 2
    assert choice.seeds == (max(noisy, key=lambda seed: noisy[seed]),)


def test_the_best_seed_is_the_same_whatever_the_test_labels_say(home):
    choice = choice_of(home, Kind.BEST_SEED)
    other = [replace(result, history=[{**record, "metrics": {**record["metrics"], "test/accuracy": 1.0 * (
        result.seed not in choice.seeds)}} for record in result.history]) for result in choice.row.confirmations]
    again = choose(choice.report, replace(choice.row, confirmations=tuple(other)), Kind.BEST_SEED)
    assert again.seeds == choice.seeds


def test_an_ensemble_is_the_mean_of_all_seeds(home, tmp_path):
    choice = choice_of(home, Kind.ENSEMBLE)
    assert choice.seeds == (1, 2)
    each = [written(home, replace(choice, specs=(spec,), seeds=(spec.seed,)), tmp_path / str(spec.seed))
            for spec in choice.specs]
    together = written(home, choice, tmp_path / "both")
    assert np.allclose(together, np.mean(each, axis=0), atol=1e-6)
    assert not np.allclose(each[0], each[1], atol=1e-2)


def test_everything_is_trained_on_validation_images_too_with_a_fresh_seed(home, out):
    about = export(home, out, "--from", "everything")
    assert (about["train_on"], about["seeds"], about["accuracy"]["of_the_seeds"]) == ("trainval", [3], {})
    assert about["weights"] == "last epoch"
    assert "since this model has no validation part" in about["calibration"][0]["fitted_to"]
    assert about["accuracy"]["of_this_model"]["accuracy"] > 0.3


def test_who_watches_validation_images_cannot_be_trained_on_everything(home, out):
    done = sweeps.command("export", "small", "--home", home, "--method", "ce+reset", "--from", "everything",
                          "--out", out)
    assert done.exit_code == 2
    assert "reset watches validation images" in done.stderr
    assert not out.exists()


def test_the_same_export_gives_the_same_files(home, tmp_path):
    once, again = tmp_path / "once", tmp_path / "again"
    for folder in (once, again):
        export(home, folder)
    for name in ("weights.safetensors", "network.json", "model.json", "predict.py", "README.md"):
        assert (once / name).read_bytes() == (again / name).read_bytes()


def test_the_folder_has_nothing_of_this_machine(home, out):
    export(home, out)
    for name in ("network.json", "model.json", "predict.py", "README.md"):
        assert home not in (out / name).read_text()


def test_the_card_has_the_line_of_the_report_and_says_how_the_model_was_chosen(home, out):
    export(home, out)
    card = (out / "README.md").read_text()
    table = sweeps.command("report", "small", "--home", home).stdout.splitlines()
    assert next(line for line in table if line.split()[1:2] == ["ce"]).split() in [
        line.split() for line in card.splitlines()]
    assert "chosen was chosen by noisy validation labels" in card


def test_predict_is_our_own_module(home, out):
    export(home, out)
    own = Path(exporting.__file__).with_name("predictor.py")
    assert (out / "predict.py").read_bytes() == own.read_bytes()


def test_without_onnx_the_rest_is_there_and_it_is_said(home, out, monkeypatch):
    monkeypatch.setattr(other_formats, "NEEDED", ("no_such_package",))
    done = sweeps.command("export", "small", "--home", home, "--method", "ce", "--out", out)
    assert "model.onnx was left out: it needs the extra `export`" in done.stderr
    assert sorted(path.name for path in out.iterdir()) == [
        "README.md", "model.json", "network.json", "predict.py", "program.pt2", "weights.safetensors"]


@pytest.mark.parametrize(("words", "message"), [
    (["--from", "best"], "--from is best-seed, ensemble or everything"),
    (["--method", "sat"], "there is no method 'sat' in this sweep"),
    (["--noise", "0.3"], "there is no noise level '0.3'"),
])
def test_what_cannot_be_exported_is_refused_and_leaves_nothing(home, out, words, message):
    done = sweeps.command("export", "small", "--home", home, "--out", out, *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
    assert not out.exists()


def test_a_folder_with_something_else_in_it_is_left_alone(home, out):
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    done = sweeps.command("export", "small", "--home", home, "--method", "ce", "--out", out)
    assert done.exit_code == 2
    assert "holds something else than an exported model" in done.stderr
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_one_that_was_interrupted_while_it_was_written_is_written_again(home, out):
    whole = export(home, out)
    (out / "model.json").unlink()
    (out / "weights.safetensors").write_bytes(b"half")
    assert export(home, out) == whole
    assert load_model(out).classes == tuple(whole["classes"])


def test_a_sweep_without_confirmation_has_no_model_yet(cli_home, out):
    done = sweeps.command("export", "small", "--home", cli_home, "--out", out)
    assert done.exit_code == 2
    assert "no seed is confirmed yet" in done.stderr


@pytest.fixture
def cli_home(home, tmp_path):
    """The same sweep as it was before its confirmation."""
    place, source = Home(str(tmp_path / "early")).sweep("small"), Home(home).existing("small")
    record = source.describe()
    place.write_record(record.changed(studies=[vars(record.studies[0])]))
    for result in source.results():
        if result.stage == "search":
            place.add_result(result)
    return str(tmp_path / "early")


def test_calibration_is_part_of_what_is_predicted(home, out):
    """Dividing by another temperature keeps the order of classes."""
    about = export(home, out)
    (found,) = about["calibration"]
    assert found["temperature"] != 1
    assert "corrected by the known noise" in found["fitted_to"]
    choice = choice_of(home, Kind.BEST_SEED)
    finished = trained(Trial(choice.specs[0]), TrajectoryStore(Home(home).trajectories), lambda text: None, best=True)
    inputs = load(sweeps.DIGITS).test_images
    plain = load_model(out).probabilities(inputs)
    finished.module.temperature = 1.0
    with torch.no_grad():
        raw = finished.module.eval()(inputs).numpy()
    powered = raw ** (1 / found["temperature"])
    assert np.allclose(plain, powered / powered.sum(axis=1, keepdims=True), atol=1e-4)


def test_what_the_sweep_has_and_the_files_do_not_reach_is_said(home, out):
    """As it is where the last epochs are trained again on a GPU."""
    sweep = Home(home).existing("small")
    choice = choice_of(home, Kind.BEST_SEED)
    assert choice.recorded == sweeps.reported(home, "ce", *choice.seeds, "best")
    (kept,) = [result for result in sweep.results() if result.name == choice.row.confirmations[0].name]
    everywhere = [{**record, "metrics": {**record["metrics"], "test/accuracy": 0.25}} for record in kept.history]
    for result in choice.row.confirmations:
        sweep.add_result(replace(result, history=everywhere))
    try:
        done = sweeps.command("export", "small", "--home", home, "--method", "ce", "--out", out)
    finally:
        for result in choice.row.confirmations:
            sweep.add_result(result)
    assert "The sweep has 0.2500 for this seed: its last epochs were trained again" in done.stderr


def test_seeds_that_are_still_to_come_are_said(home, tmp_path, out):
    place, source = Home(str(tmp_path / "early")).sweep("small"), Home(home).existing("small")
    place.write_record(source.describe())
    for result in source.results():
        if result.stage == "search" or result.number == 0:
            place.add_result(result)
    done = sweeps.command("export", "small", "--home", tmp_path / "early", "--method", "ce", "--out", out)
    assert done.exit_code == 0
    assert "warning: 1 of 2 seeds of ce/symmetric-0.4 are confirmed so far" in done.stderr


def test_long_training_says_how_far_it_is(home, out, monkeypatch):
    monkeypatch.setattr("sat_sweep.export.finished.SECONDS", -1.0)
    done = sweeps.command("export", "small", "--home", home, "--method", "ce", "--from", "everything", "--out", out)
    assert "seed 3: epoch 15 of 15\n" in done.stderr


def test_half_precision_is_for_training_alone(tmp_path):
    space = tmp_path / "space.yaml"
    space.write_text(sweeps.SPACE.format(methods="ce", model="{name: convnet, width: 8}", epochs=2, lr=0.1,
                                         select="last").replace("batch_size", "precision: bfloat16, batch_size"))
    home, out = str(tmp_path / "home"), tmp_path / "model"
    assert sweeps.command("launch", space, "--home", home, "--serial", "--yes").exit_code == 0
    about = export(home, out)
    assert about["training"]["precision"] == "bfloat16"
    assert "computes in float32" in (out / "README.md").read_text()
    assert "bfloat16" not in (out / "network.json").read_text()
    assert about["accuracy"]["of_this_model"]["accuracy"] == pytest.approx(
        sweeps.reported(home, "ce", *about["seeds"]), abs=0.05)


def launched(folder, words, others):
    """The home of a small sweep whose space file has `others` in the place of these `words`."""
    space, home = folder / "space.yaml", str(folder / "home")
    space.write_text(sweeps.SPACE.format(methods="ce", model="{name: mlp, width: 8}", epochs=2, lr=0.1, select="last")
                     .replace(words, others))
    assert sweeps.command("launch", space, "--home", home, "--serial", "--yes").exit_code == 0
    return home


def test_a_sweep_that_has_trained_on_everything_has_nothing_to_choose_or_calibrate_by(tmp_path):
    home, out = launched(tmp_path, "seeds: 2", "seeds: 2, train_on: trainval"), tmp_path / "model"
    about = export(home, out)
    assert about["seeds"] == [1]
    assert about["calibration"] == [{"temperature": 1.0, "fitted_to": None}]
    card = (out / "README.md").read_text()
    assert "nothing was left to choose among them by" in card
    assert "Probabilities are not calibrated" in card
    assert about["accuracy"]["of_this_model"]["accuracy"] == sweeps.reported(home, "ce", 1)


def test_labels_as_given_are_never_called_true(tmp_path):
    home, out = launched(tmp_path, "{kind: symmetric, rates: [0.4]}", "{kind: as_given}"), tmp_path / "model"
    about = export(home, out)
    assert about["accuracy"]["of_this_model"]["truth"] == "as given"
    assert "as given" in about["calibration"][0]["fitted_to"]
    card = (out / "README.md").read_text()
    assert "whose labels are as given" in card
    assert "Nobody knows how many labels are wrong" in card
