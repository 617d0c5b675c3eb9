"""`suspects` as a user meets it: real sweeps on planted mistakes, every file that is written, every refusal."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from typer.testing import CliRunner

from sat_sweep.cli import app
from sat_sweep.config import load_space

COMMON = """
methods: [ce, sat]
model: {name: mlp, width: 64}
training: {epochs: 12, augmentation: none, optimizer: {name: sgd, lr: 0.1}}
search: {trials: 2, batch: 2}
confirm: {seeds: 2}
"""
OWN = "name: own\ndataset: {name: image_folder, train: images}\nnoise: {kind: as_given}\n" + COMMON
COLUMN = "name: column\ndataset: {name: npz, path: digits.npz}\nnoise: {kind: column, columns: [y_people]}\n" + COMMON
DRAWN = ("name: drawn\ndataset: {name: digits, subset: 400}\nnoise: {kind: symmetric, rates: [0.0, 0.3]}\n"
         + COMMON)
WRONG = 0.15


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def planted():
    """Digits with the labels of somebody who is wrong in one of seven."""
    digits, random = load_digits(), np.random.default_rng(0)
    count = 800
    wrong = random.random(count) < WRONG
    given = np.where(wrong, (digits.target[:count] + random.integers(1, 10, count)) % 10, digits.target[:count])
    return (digits.images[:count] * 15.9).astype(np.uint8), digits.target[:count], given


def launched(folder: Path, text: str, *options: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "space.yaml").write_text(text)
    done = run("launch", folder / "space.yaml", "--serial", "--yes", "--home", folder / "home", *options)
    assert done.exit_code == 0, done.output
    return folder / "home"


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Path:
    """The home of a sweep on a folder of images, each called after what it really shows."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("own")
    for number, (image, true, label) in enumerate(zip(*planted(), strict=True)):
        place = folder / "images" / f"digit {label}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{number:03d} is {true}.png")
    return launched(folder, OWN)


@pytest.fixture(scope="module")
def column(tmp_path_factory) -> Path:
    """The home of a sweep on people's labels, the true ones being known."""
    folder = tmp_path_factory.mktemp("column")
    images, true, given = planted()
    np.savez(folder / "digits.npz", x_train=images[:600], y_train=true[:600], y_people=given[:600],
             x_test=images[600:], y_test=true[600:])
    return launched(folder, COLUMN)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    """The home of a sweep that adds the noise itself, anew for each seed."""
    return launched(tmp_path_factory.mktemp("drawn"), DRAWN)


def lines(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.open()))


def is_wrong(line: dict[str, str]) -> bool:
    return line["given"][-1] != line["file"][-5]


def test_own_images_from_a_folder(own, tmp_path):
    done = run("suspects", "own", "--home", own)
    assert done.exit_code == 0, done.output
    found = lines(own / "own" / "suspects" / "suspects.csv")
    assert len(found) == len({line["file"] for line in found}) == 800
    count = sum(map(is_wrong, found))
    assert np.mean([is_wrong(line) for line in found[:count]]) > 0.9
    assert {line["part"] for line in found} == {"train", "test"}
    assert all(line["file"].startswith(f"{line['given']}/") for line in found)
    assert all(is_wrong(line) and line["suggested"][-1] == line["file"][-5] for line in found[:20])
    assert [int(line["rank"]) for line in found] == list(range(1, 801))
    low, high = map(float, re.search(r"arrives at [\d.]+ % \[([\d.]+), ([\d.]+)\]", done.output).groups())
    assert low - 8 < 100 * WRONG < high + 8  # it counts mistakes of the classifier too, and overlooks wrong labels
    contradicted = float(re.search(r"contradicts ([\d.]+) % of the labels", done.output)[1])
    assert contradicted > 100 * WRONG
    assert f"at most about {contradicted:.0f} % of 800 labels are wrong" in done.output
    assert ("no good guide yet" in done.output) == (contradicted > 30)


def test_the_page_has_the_worst_on_top(own):
    run("suspects", "own", "--home", own)
    page = (own / "own" / "suspects" / "suspects.html").read_text()
    found = lines(own / "own" / "suspects" / "suspects.csv")
    first = re.search(r"<li><img src=\"data:image/png;base64,[^\"]+\" alt=\"([^\"]+)\"[^>]*><b>([^<]+)</b>", page)
    assert first[1] == f"{found[0]['file']}, given {found[0]['given']}"
    assert first[2] == f"{found[0]['given']} → {found[0]['suggested']}"
    for line in found[:24]:
        assert page.index(line["file"])
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "How well wrong labels are found" not in page


def test_for_programs(own, tmp_path):
    done = run("suspects", "own", "--home", own, "--json")
    content = json.loads(done.stdout)
    (condition,) = content["conditions"]
    assert condition["method"] in ("ce", "sat")
    assert condition["quality"] is None
    assert condition["error_rate"] is None
    assert len(condition["suspects"]) == round(condition["estimate"]["rate"]["mean"] * 800)
    assert all(line["suspected"] for line in condition["suspects"])
    by_ce = json.loads(run("suspects", "own", "--home", own, "--json", "--method", "ce").stdout)["conditions"][0]
    assert by_ce["method"] == "ce"


@pytest.mark.parametrize("treatment", ["drop", "relabel"])
def test_a_cleaned_copy_can_be_swept_again(own, tmp_path, treatment):
    done = run("suspects", "own", "--home", own, "--out", tmp_path / "out", "--clean", treatment)
    assert done.exit_code == 0, done.output
    found = lines(tmp_path / "out" / "suspects.csv")
    suspects = [line for line in found if line["suspected"] == "True" and line["part"] == "train"]
    space = load_space(tmp_path / "out" / "cleaned.yaml")
    assert space.dataset.name == "image_folder"
    assert space.dataset.counts() == (600 - (len(suspects) if treatment == "drop" else 0), 200)
    again = run("launch", tmp_path / "out" / "cleaned.yaml", "--serial", "--yes", "--home", tmp_path / "home")
    assert again.exit_code == 0, again.output
    noise = {name: json.loads(run("suspects", name, "--home", home, "--json").stdout)["conditions"][0]["estimate"]
             for name, home in (("own", own), (space.name, tmp_path / "home"))}
    assert noise[space.name]["rate"]["mean"] < noise["own"]["rate"]["mean"] - 0.05


def test_where_the_truth_is_known_it_is_told(column, tmp_path):
    done = run("suspects", "column", "--home", column, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    (condition,) = json.loads(run("suspects", "column", "--home", column, "--json").stdout)["conditions"]
    found = lines(tmp_path / "out" / "suspects.csv")
    assert len(found) == 600
    assert {line["rank"] for line in found} == {str(rank) for rank in range(1, 601)}
    count = sum(line["given"] != line["true"] for line in found)
    recall = np.mean([line["given"] != line["true"] for line in found[:count]])
    assert condition["quality"]["together"]["recall"] == pytest.approx(recall)
    assert recall > 0.85
    assert condition["error_rate"] == pytest.approx(count / 600)
    low, high = condition["estimate"]["bounds"]
    assert low <= count / 600 <= high
    assert f"all seeds together {100 * recall:.1f} %" in done.output
    assert "<svg" in (tmp_path / "out" / "suspects.html").read_text()


def test_noise_that_is_drawn_for_each_seed_is_told_seed_by_seed(drawn, tmp_path):
    done = run("suspects", "drawn", "--home", drawn, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    places = sorted(path.parent.name for path in (tmp_path / "out").rglob("suspects.csv"))
    assert places == ["symmetric-0.0", "symmetric-0.3"]
    found = lines(tmp_path / "out" / "symmetric-0.3" / "suspects.csv")
    seeds = {line["seed"] for line in found}
    assert len(seeds) == 2
    for seed in seeds:
        own = [line for line in found if line["seed"] == seed]
        assert [int(line["rank"]) for line in own] == list(range(1, 401))
        assert np.mean([line["given"] != line["true"] for line in own]) == pytest.approx(0.3, abs=0.01)
    only = run("suspects", "drawn", "--home", drawn, "--noise", "0.3", "--json")
    assert [each["noise"] for each in json.loads(only.stdout)["conditions"]] == ["symmetric-0.3"]


def test_without_sharing_the_evidence_is_the_same(drawn, tmp_path):
    """Byte for byte."""
    home = launched(tmp_path, DRAWN, "--no-share")
    shared = {path.name: path.read_bytes() for path in (drawn / "evidence").iterdir()}
    alone = {path.name: path.read_bytes() for path in (home / "evidence").iterdir()}
    assert shared == alone
    assert len(shared) >= 4


def test_the_same_under_another_name_trains_nothing(drawn):
    """Evidence is found by what a trial has become, whatever sweep it belonged to."""
    done = run("launch", drawn.parent / "space.yaml", "--serial", "--yes", "--home", drawn, "--name", "again")
    assert done.exit_code == 0, done.output
    assert "Trained 0 epochs in this run." in done.output
    first, second = (json.loads(run("suspects", name, "--home", drawn, "--json").stdout)["conditions"]
                     for name in ("drawn", "again"))
    assert first == second


@pytest.mark.parametrize(("words", "answer"), [
    (["suspects", "own", "--method", "gce"], "there is no confirmed method 'gce'"),
    (["suspects", "own", "--noise", "0.4"], "there is no noise level '0.4'"),
    (["suspects", "own", "--clean", "burn"], "--clean is drop or relabel, got 'burn'"),
    (["suspects", "nobody"], "there is no sweep 'nobody'"),
])
def test_refusals(own, words, answer):
    done = run(*words, "--home", own)
    assert done.exit_code == 2
    assert answer in done.output


def test_added_noise_is_not_cleaned(drawn):
    done = run("suspects", "drawn", "--home", drawn, "--clean", "drop")
    assert done.exit_code == 2
    assert "say which labels to clean" in done.output
    done = run("suspects", "drawn", "--home", drawn, "--clean", "drop", "--noise", "symmetric-0.3")
    assert done.exit_code == 2
    assert "there is nothing to clean" in done.output
    assert not (drawn / "drawn" / "suspects").exists()


def test_evidence_that_is_gone_is_told(column, tmp_path):
    shutil.copytree(column, tmp_path / "home")
    for file in (tmp_path / "home" / "evidence").iterdir():
        file.write_bytes(b"damaged")
    done = run("suspects", "column", "--home", tmp_path / "home")
    assert done.exit_code == 2
    assert "have left no evidence" in done.output


def test_other_data_than_the_sweeps_are_refused(column, tmp_path):
    archive = column.parent / "digits.npz"
    kept = archive.read_bytes()
    try:
        with np.load(archive) as data:
            np.savez(archive, **{**data, "x_train": 255 - data["x_train"]})
        done = run("suspects", "column", "--home", column)
    finally:
        archive.write_bytes(kept)
    assert done.exit_code == 2
    assert "are no longer what they were" in done.output
