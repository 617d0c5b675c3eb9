"""What a cleaned copy keeps: its form, and what stands beside inputs and labels."""

import csv
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from sat_sweep.data import load
from sat_sweep.errors import UserError
from sat_sweep.suspects.cleaned import cleaned_space, write_cleaned
from tests.data.making import make_dataset, spec

ROWS = 12


def findings(dataset: Any = None, source: Any = None) -> Any:
    """The first and the last of the training set are suspects, and should be of class 0."""
    dataset = make_dataset() if dataset is None else dataset
    last = len(dataset.labels) - 1
    ranking = SimpleNamespace(order=np.array([0, last, *range(1, last)]), suggested=np.zeros(last + 1, dtype=np.int64),
                              draw=SimpleNamespace(given=dataset.labels.numpy()))
    about = SimpleNamespace(noise=SimpleNamespace(kind="as_given"), augmentation="none",
                            dataset=source or spec("digits"))
    return SimpleNamespace(rankings=(ranking,), suspected=2, dataset=dataset, spec=about, condition="as_given")


def cleaned(found: Any, treatment: Any, folder: Any) -> Any:
    """The settings of the copy and the dataset that they read from `folder`."""
    copy, count = write_cleaned(found, treatment, folder)
    assert count == 2
    places = {key: folder / copy[key] for key in ("path", "train", "test", "groups") if copy.get(key)}
    return copy, load(spec(**{**copy, **places}))


def test_groups_and_weights_stay_with_their_examples(tmp_path):
    found = findings(make_dataset(groups=torch.arange(300) // 3, weights=torch.arange(300).float()))
    copy, again = cleaned(found, "drop", tmp_path)
    assert cleaned_space({"dataset": {"test_labels": "trusted"}}, found, copy, "clean")["dataset"] == {
        "name": "npz", "path": "cleaned.npz", "test_labels": "trusted", "group": "group", "weight": "weight"}
    assert torch.equal(again.weights, torch.arange(1, 299).float())
    assert torch.equal(again.groups, torch.arange(1, 299) // 3)
    assert torch.equal(again.images, found.dataset.images[1:-1])


def test_without_them_nothing_is_said_of_them(tmp_path):
    copy, again = cleaned(findings(), "relabel", tmp_path)
    assert copy == {"name": "npz", "path": "cleaned.npz"}
    assert not {"group", "weight"} & set(np.load(tmp_path / "cleaned.npz"))
    assert again.labels[[0, -1]].tolist() == [0, 0]


# A folder of images


@pytest.fixture
def photos(tmp_path):
    """A folder with cats and dogs, each of a grey of its own, two to a group."""
    with (tmp_path / "groups.csv").open("w") as file:
        file.write("name,group\n")
        for number in range(ROWS):
            name = f"{'cat' if number < ROWS // 2 else 'dog'}/{number:02d}.png"
            (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (8, 8), 20 * number).save(tmp_path / "photos" / name)
            file.write(f"{name},{number // 2}\n")
    return spec("image_folder", train=tmp_path / "photos", groups=tmp_path / "groups.csv", test_fraction=0.34)


def greys(dataset: Any) -> dict[int, int]:
    """The label of each training image, by its grey."""
    return {int(image.flatten()[0]): int(label) for image, label in zip(dataset.images, dataset.labels, strict=True)}


@pytest.mark.parametrize("treatment", ["drop", "relabel"])
def test_a_folder_of_images_stays_one(photos, tmp_path, treatment):
    before = load(photos)
    copy, again = cleaned(findings(before, photos), treatment, tmp_path)
    assert copy == {"name": "image_folder", "train": "cleaned/train", "test": "cleaned/test", "size": None,
                    "groups": "cleaned/groups.csv"}
    expected, (first, *_, last) = greys(before), greys(before)
    for grey in (first, last):
        expected[grey] = 0
        if treatment == "drop":
            del expected[grey]
    assert greys(again) == expected
    assert again.class_names == ("cat", "dog")
    assert torch.equal(again.test_images, before.test_images)
    assert torch.equal(again.test_labels, before.test_labels)
    moved = f"cat/was dog/{last // 20:02d}.png"
    assert (moved in again.origin.files) == (treatment == "relabel")
    groups = {row["name"]: row["group"] for row in csv.DictReader((tmp_path / "cleaned" / "groups.csv").open())}
    assert set(groups) == set(again.origin.files)
    before_groups = dict(zip(greys(before), before.groups.tolist(), strict=True))
    assert len(set(zip(again.groups.tolist(), (before_groups[grey] for grey in greys(again)), strict=True))) == len(
        set(again.groups.tolist()))


def test_an_old_copy_is_not_written_over(photos, tmp_path):
    found = findings(load(photos), photos)
    write_cleaned(found, "drop", tmp_path)
    with pytest.raises(UserError, match="is there already: delete it"):
        write_cleaned(found, "drop", tmp_path)


# A table


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("treatment", ["drop", "relabel"])
def test_a_table_stays_one(tmp_path, ending, treatment):
    """All its columns, those too that are no features."""
    import pandas

    rows = [{"number": float(row), "kind": "ab"[row % 2], "note": f"no. {row}", "species": ("cat", "dog")[row // 6],
             "patient": row // 2} for row in range(ROWS)]
    file = tmp_path / f"own.{ending}"
    table = pandas.DataFrame(rows)
    table.to_csv(file, index=False) if ending == "csv" else table.to_parquet(file)
    source = spec("table", train=file, label="species", drop=["note"], group="patient", test_fraction=0.34)
    before = load(source)
    copy, again = cleaned(findings(before, source), treatment, tmp_path)
    assert copy == {"name": "table", "label": "species", "drop": ["note"], "group": "patient",
                    "train": f"cleaned_train.{ending}", "test": f"cleaned_test.{ending}"}
    kept = slice(1, -1) if treatment == "drop" else slice(None)
    assert torch.equal(again.images, before.images[kept])
    assert torch.equal(again.test_images, before.test_images)
    assert again.labels.tolist() == (before.labels[kept].tolist() if treatment == "drop" else
                                     [0, *before.labels[kept].tolist()[1:-1], 0])
    written = pandas.read_csv(tmp_path / copy["train"]) if ending == "csv" else pandas.read_parquet(
        tmp_path / copy["train"])
    assert list(written.columns) == list(table.columns)
    assert written["note"].tolist() == [rows[row]["note"] for row in before.origin.rows][kept]
