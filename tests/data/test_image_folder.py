from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from sat_sweep.data import load
from sat_sweep.errors import DataUnavailable
from tests.data.making import picture, spec


def write_folders(root, classes: dict[str, int]) -> str:
    for value, (name, count) in enumerate(classes.items()):
        (root / name).mkdir(parents=True)
        for number in range(count):
            (root / name / f"{number}.png").write_bytes(picture(value))
    return str(root)


def test_image_folder_names_classes_after_folders(tmp_path):
    train = write_folders(tmp_path / "a", {"cat": 3, "dog": 2})
    test = write_folders(tmp_path / "b", {"cat": 1, "dog": 1})
    (tmp_path / "a" / "cat" / "notes.txt").write_text("no image")
    dataset = load(spec("image_folder", train=train, test=test))
    assert dataset.class_names == ("cat", "dog")
    assert dataset.labels.tolist() == dataset.images[:, 0, 0, 0].tolist() == [0, 0, 0, 1, 1]
    assert dataset.test_labels.tolist() == [0, 1]


def test_image_folder_refuses_classes_that_only_the_test_set_has(tmp_path):
    train = write_folders(tmp_path / "a", {"cat": 1, "dog": 1})
    test = write_folders(tmp_path / "b", {"cat": 1, "eel": 1})
    with pytest.raises(DataUnavailable, match="lacks: eel"):
        load(spec("image_folder", train=train, test=test))


@pytest.mark.parametrize(("classes", "message"), [
    ({"cat": 2}, "at least 2"), ({"cat": 0, "dog": 0}, "no image"),
])
def test_image_folder_refuses_what_is_no_classification(classes, message, tmp_path):
    with pytest.raises(DataUnavailable, match=message):
        load(spec("image_folder", train=write_folders(tmp_path / "a", classes)))


def test_an_image_that_cannot_be_read_is_named(tmp_path):
    root = write_folders(tmp_path / "all", {"cat": 4, "dog": 4})
    (tmp_path / "all" / "dog" / "2.png").write_bytes(picture(9)[:-30])
    with pytest.raises(DataUnavailable, match=r"image .*dog/2\.png cannot be read"):
        load(spec("image_folder", train=root))


def test_images_of_different_sizes_are_refused_with_the_size_to_give(tmp_path):
    """Shorter sides 30, 30, 40, 100: their median is 35, which is nearest to 32. Turned images have another size."""
    folder = Path(write_folders(tmp_path / "t", {"cat": 2, "dog": 2}))
    sizes = [(60, 30), (30, 60), (40, 40), (100, 200)]
    for file, size in zip(sorted(folder.rglob("*.png")), sizes, strict=True):
        Image.new("RGB", size).save(file)
    with pytest.raises(DataUnavailable) as refused:
        spec("image_folder", train=folder).source().images[torch.arange(4)]
    assert str(refused.value) == (
        "images differ in size: 30×60 (1), 60×30 (1), 40×40 (1) and 1 more, as height×width; give `size: 32`, about "
        "the median of their shorter sides, or another, to scale all of them to 32×32")


def test_images_keep_their_names_and_rows_through_split_and_subset(tmp_path):
    root = Path(write_folders(tmp_path / "all", {"cat": 12, "dog": 12}))
    whole = load(spec("image_folder", train=str(root)))
    some = load(spec("image_folder", train=str(root), subset=8))
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.png"))
    for dataset in (whole, some):
        for origin, labels in ((dataset.origin, dataset.labels), (dataset.test_origin, dataset.test_labels)):
            assert origin.files == tuple(names[row] for row in origin.rows)
            assert [name.split("/")[0] for name in origin.files] == [dataset.class_names[i] for i in labels]
    assert sorted([*whole.origin.rows, *whole.test_origin.rows]) == list(range(24))
    assert set(some.origin.rows) < set(whole.origin.rows)


def test_a_test_folder_has_names_and_rows_of_its_own(tmp_path):
    train = write_folders(tmp_path / "a", {"cat": 3, "dog": 2})
    test = write_folders(tmp_path / "b", {"cat": 1, "dog": 1})
    dataset = load(spec("image_folder", train=train, test=test))
    assert dataset.origin.rows == (0, 1, 2, 3, 4)
    assert dataset.test_origin.files == ("cat/0.png", "dog/0.png")
    assert dataset.test_origin.rows == (0, 1)


def test_a_file_says_which_images_belong_together(tmp_path):
    folder = write_folders(tmp_path / "t", {"cat": 12, "dog": 12})
    names = [f"{kind}/{number}.png" for kind in ("cat", "dog") for number in range(12)]
    lines = [f"scene {index % 12 // 3},{name}" for index, name in enumerate(names)]
    (tmp_path / "groups.csv").write_text("\n".join(["group,name", *lines, "scene 9,gone.png"]))
    dataset = load(spec("image_folder", train=folder, groups=tmp_path / "groups.csv"))
    scenes = dict(reversed(line.split(",")) for line in lines)
    train, test = ({scenes[file] for file in origin.files} for origin in (dataset.origin, dataset.test_origin))
    assert train.isdisjoint(test)
    assert len(train) == len(dataset.groups.unique()) == 3
    assert "groups" not in spec("image_folder", train=folder).model_dump(mode="json")


@pytest.mark.parametrize(("content", "message"), [
    ("name,group\ncat/0.png,a\n", "has no group for 3 of 4 images, such as cat/1.png"),
    ("name,scene\ncat/0.png,a\n", "has no column 'group'; it takes the columns name and group"),
    (None, "cannot be read as a CSV file of groups"),
])
def test_a_file_of_groups_that_cannot_be_used_is_refused(tmp_path, content, message):
    folder = write_folders(tmp_path / "t", {"cat": 2, "dog": 2})
    if content is not None:
        (tmp_path / "groups.csv").write_text(content)
    with pytest.raises(DataUnavailable, match=message):
        spec("image_folder", train=folder, groups=tmp_path / "groups.csv").source()
