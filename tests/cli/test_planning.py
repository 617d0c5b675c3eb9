from __future__ import annotations

import json
from pathlib import Path

import pytest

from sat_sweep.commands.forecast import Beginning, sharing
from sat_sweep.config import load_space, plan
from tests.cli.making import SPACE, made, result, space_file

QUICKSTART = Path(__file__).parents[2] / "search_spaces" / "quickstart.yaml"


def planned(answer) -> dict:
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def test_what_quickstart_asks_for(cli, untouched):
    content = planned(cli("plan", QUICKSTART, "--json", "--no-estimate"))
    assert (content["search_trials"], content["confirm_trials"], content["epochs"]) == (75, 60, 135 * 40)
    assert [study["trials"] for study in content["studies"]] == [1, 8, 8, 8] * 3
    momentum, start = content["studies"][1]["dimensions"]
    assert (momentum["name"], momentum["low"], momentum["high"]) == ("sat.momentum", 0.5, 0.99)
    assert (start["name"], start["low"], start["high"]) == ("sat.start_epoch", 2, 24)
    assert (content["augmentation"], content["images"], content["estimate"]) == ("none", None, None)
    assert untouched()


def test_what_quickstart_can_share():
    """Search: 40 of ce, 8 x 24 of sat, 8 x 40 of ce+reset, 8 x 24 of sat+reset, less one whole training."""
    foreseen = sharing(plan(load_space(QUICKSTART)))
    search, confirm = 40 + 8 * 24 + 8 * 40 + 8 * 24 - 40, 40 + 24 + 40 + 24 - 40
    assert foreseen.most == 3 * (search + 5 * confirm)
    assert foreseen.beginnings[0] == Beginning("ce", 40, 40, 40)
    assert foreseen.beginnings[1] == Beginning("sat", 2, 24, 40)
    assert foreseen.beginnings[2].most == 40


def test_with_training_settings_searched_nothing_is_foreseen(cli, tmp_path):
    text = SPACE.replace("none}", "none, space: {training.optimizer.lr: {low: 0.01, high: 0.1, log: true}}}")
    file = space_file(tmp_path, text)
    assert planned(cli("plan", file, "--json", "--no-estimate"))["shared_epochs_at_most"] is None
    assert "cannot be foreseen" in cli("plan", file, "--no-estimate").stdout


def test_the_time_is_that_of_what_the_sweep_has_trained(cli, tmp_path):
    made(result("ce", 0.4, 0, 0.5))
    content = planned(cli("plan", space_file(tmp_path), "--json", "--name", "made", "--workers", "2"))
    assert content["sweep"] == "made"
    assert content["estimate"] == {"seconds": 28 * 0.25 / 2, "workers": 2, "epoch_seconds": 0.25,
                                   "measured_on": "3 epochs of this sweep"}


def test_without_results_an_epoch_is_trained_and_nothing_written(cli, untouched, tmp_path):
    content = planned(cli("plan", space_file(tmp_path), "--json"))
    assert content["images"] == {"train": 240, "validation": 60, "test": 449}
    assert 0 < content["estimate"]["epoch_seconds"] < 10
    assert untouched()


def test_data_that_are_not_here_are_a_note(cli, tmp_path):
    text = SPACE.replace("{name: digits, subset: 300}", "{name: npz, path: nowhere.npz}")
    content = planned(cli("plan", space_file(tmp_path, text), "--json"))
    assert content["estimate"] is None
    assert "nowhere.npz" in content["notes"][0]


def test_without_the_data_rates_per_step_are_shown_per_epoch(cli, tmp_path):
    text = SPACE.replace("{name: digits, subset: 300}", "{name: npz, path: nowhere.npz}").replace("sat]", "ce+reset]")
    file = space_file(tmp_path, text)
    for answer in (cli("plan", file), cli("plan", file, "--no-estimate")):
        assert "reset.rate 0.02 to 2 per epoch, log" in answer.stdout
        assert answer.stdout.count("nowhere.npz") == 1
    file.write_text(text.replace("none}", "none, space: {reset.rate: {low: 0.1, high: 0.2}}}"))
    assert "reset.rate 0.1 to 0.2" in cli("plan", file).stdout


def test_what_varies_has_a_column_and_is_in_every_study(cli, tmp_path):
    file = space_file(tmp_path, SPACE + "vary: {model.width: [8, 32], training.batch_size: [32, 64]}\n")
    header, *rows = (line.split()[:5] for line in cli("plan", file, "--no-estimate").stdout.splitlines()[2:11])
    assert header == ["method", "noise", "model.width", "training.batch_size", "trials"]
    assert rows[:3] == [["ce", "symmetric-0.4", "8", "32", "1"], ["sat", "symmetric-0.4", "8", "32", "2"],
                        ["ce", "symmetric-0.4", "8", "64", "1"]]
    studies = planned(cli("plan", file, "--json"))["studies"]
    assert [study["vary"] for study in studies[-2:]] == 2 * [{"model.width": 32, "training.batch_size": 64}]


@pytest.mark.parametrize("words", [["plan"], ["launch", "--dry-run"]], ids=" ".join)
def test_people_read_a_table_and_five_facts(cli, untouched, tmp_path, words):
    lines = cli(*words, space_file(tmp_path)).stdout.splitlines()
    assert lines[0] == "tiny: 2 studies, 3 search trials, 4 confirm trials (2 seeds for each winner), at most 28 epochs"
    assert lines[3].split() == ["ce", "symmetric-0.4", "1", "nothing"]
    assert lines[4].split()[:6] == ["sat", "symmetric-0.4", "2", "sat.momentum", "0.5", "to"]
    assert [line.split(":")[0] for line in lines[6:]] == [
        "Data", "Looked for in the data and not found", "Shared", "Time"]
    assert "augmentation none (auto)" in lines[6]
    assert untouched()


def test_how_many_have_labels_is_told(cli, tmp_path):
    text = SPACE.replace("subset: 300}", "subset: 300, labelled: 40}")
    file = space_file(tmp_path, text)
    images = planned(cli("plan", file, "--json"))["images"]
    assert (images["labelled"], list(images)) == (40, ["train", "labelled", "validation", "test"])
    assert f"{images['train']} images to train on, 40 of these with labels, " in cli("plan", file).stdout
    assert "40 of the others with labels" in cli("plan", file, "--no-estimate").stdout
    varied = space_file(tmp_path, SPACE + "vary: {dataset.labelled: [40, 80]}\n")
    assert "with labels" not in cli("plan", varied, "--no-estimate").stdout
