from __future__ import annotations

import json

import pytest
import yaml

from sat_sweep.config import dump, load_space, plan
from tests.cli.making import SPACE, space_file

FILE = SPACE.replace("rates: [0.4]", "rates: [0.2, 0.4]").replace(", subset: 300", "")


def test_a_table_bounds_to_paste_and_a_figure(cli, tmp_path, untouched):
    answer = cli("lr-range", space_file(tmp_path, FILE), "--out", tmp_path / "figures")
    assert answer.exit_code == 0
    assert "Range test of ce under symmetric-0.2: 5 epochs from fresh weights" in answer.stderr
    lines = answer.stdout.splitlines()
    assert lines[0].split("  ")[0] == "learning rate"
    assert 10 < lines.index("") < 30
    assert (tmp_path / "figures" / "lr_range_ce.png").read_bytes().startswith(b"\x89PNG")
    drawing = (tmp_path / "figures" / "lr_range_ce.svg").read_text()
    assert drawing.startswith("<svg")
    assert "accuracy on noisy validation labels" in drawing
    assert untouched()


def test_the_lines_to_paste_are_lines_of_a_space_file(cli, tmp_path):
    file = space_file(tmp_path, FILE)
    answer = cli("lr-range", file).stdout
    searched = answer.partition("To search between them:\n")[2].partition("To go up")[0]
    cycled = answer.partition("with ce+cyclical_lr:\n")[2]
    for lines, methods in ((searched, ["ce"]), (cycled, ["ce+cyclical_lr"])):
        pasted, content = yaml.safe_load(lines), yaml.safe_load(FILE)
        content["search"] |= pasted["search"]
        content["training"] |= pasted.get("training", {})
        content["training"].setdefault("optimizer", {})["name"] = "sgd"
        file.write_text(yaml.safe_dump({**content, "methods": methods}))
        assert plan(load_space(file)).studies
    assert load_space(file).training.optimizer.lr == yaml.safe_load(cycled)["training"]["optimizer"]["lr"]


def test_method_noise_and_range_can_be_chosen(cli, tmp_path):
    chosen = ["--method", "sat", "--noise", "0.4", "--from", "0.001", "--to", "0.5", "--epochs", "2", "--linear"]
    found = json.loads(cli("lr-range", space_file(tmp_path, FILE), "--json", *chosen).stdout)
    assert (found["tested"], found["from"], found["to"]) == ("sat under symmetric-0.4", 0.001, 0.5)
    rates = [point["lr"] for point in found["points"]]
    assert rates[0] == 0.001
    assert rates[2] - rates[1] == pytest.approx(rates[-1] - rates[-2])
    assert found["suggested"]["base"] < found["suggested"]["max"]


@pytest.mark.parametrize("noise", ["0.0", "0", "symmetric-0.0"])
def test_a_rate_is_a_number_however_it_is_written(cli, tmp_path, noise):
    file = space_file(tmp_path, FILE.replace("0.2, 0.4", "0.2, 0.0"))
    found = json.loads(cli("lr-range", file, "--json", "--noise", noise, "--epochs", "1").stdout)
    assert found["noise"] == "symmetric-0.0"


def test_json_alone_writes_nothing(cli, tmp_path, untouched):
    cli("lr-range", space_file(tmp_path, FILE), "--json", "--epochs", "1")
    assert untouched()


def test_a_trial_file_does_as_well(cli, trial, tmp_path):
    file = tmp_path / "trial.yaml"
    file.write_text(dump(trial("sat", dataset={"name": "digits"})))
    assert json.loads(cli("lr-range", file, "--json").stdout)["tested"] == "sat under symmetric-0.4"
    assert "drop --method and --noise" in cli("lr-range", file, "--method", "ce").stderr


def test_where_nothing_is_learned_nothing_is_suggested(cli, tmp_path):
    answer = cli("lr-range", space_file(tmp_path, FILE), "--from", "1e-9", "--to", "1e-8", "--out", tmp_path)
    assert answer.exit_code == 1
    assert "Accuracy has not risen clearly" in answer.stdout
    assert (tmp_path / "lr_range_ce.png").exists()


@pytest.mark.parametrize(("options", "message"), [
    (["--method", "satt"], "has no method 'satt'; did you mean 'sat'?"),
    (["--noise", "0.3"], "has no noise level '0.3'; allowed: symmetric-0.2, symmetric-0.4"),
    (["--from", "1", "--to", "0.1"], "got --from 1 --to 0.1"),
    (["--from", "0"], "got --from 0 --to 3"),
])
def test_what_cannot_be_is_refused(cli, tmp_path, options, message):
    answer = cli("lr-range", space_file(tmp_path, FILE), *options)
    assert answer.exit_code == 2
    assert message in answer.stderr


def test_it_starts_neither_ray_nor_optuna_nor_mlflow(tmp_path):
    from tests.cli.test_imports import loaded

    file = space_file(tmp_path, FILE)
    call = ["lr-range", str(file), "--json", "--epochs", "1", "--from", "0.01"]
    assert loaded(["ray", "optuna", "mlflow"], call) == []
