"""How many images and steps there are is told without decoding an image."""

import numpy as np
import pytest

from sat_sweep.data import load, steps_per_epoch, training_images
from sat_sweep.data.sources._images import EncodedImages
from sat_sweep.errors import DataUnavailable
from tests.data.making import picture, spec
from tests.data.test_image_folder import write_folders
from tests.data.test_npz import write_npz
from tests.data.test_parquet import CELLS, LABELS, write_parquet


def parquet_folder(folder):
    for number in range(3):
        write_parquet(folder / f"{number}.parquet", CELLS, LABELS)
    return spec("parquet", train=folder)


def images(folder, with_test):
    train, test = write_folders(folder / "a", {"cat": 5, "dog": 7}), write_folders(folder / "b", {"cat": 1, "dog": 1})
    return spec("image_folder", train=train, test=test if with_test else None)


MADE = {
    "digits": lambda folder: spec("digits"),
    "digits, another test share": lambda folder: spec("digits", test_fraction=0.4),
    "a subset": lambda folder: spec("digits", subset=300),
    "npz": lambda folder: spec("npz", path=write_npz(folder)),
    "npz with a test set": lambda folder: spec("npz", path=write_npz(
        folder, x_test=np.zeros((4, 8, 9, 3), np.uint8), y_test=np.array([0, 1] * 2))),
    "parquet": parquet_folder,
    "parquet with a test set": lambda folder: spec("parquet", **dict.fromkeys(
        ("train", "test"), write_parquet(folder / "t.parquet", CELLS, LABELS))),
    "image folder": lambda folder: images(folder, with_test=False),
    "image folder with a test set": lambda folder: images(folder, with_test=True),
}


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_as_many_as_there_are_once_loaded(made, tmp_path, monkeypatch):
    dataset = made(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(EncodedImages, "__getitem__", None)
        told = training_images(dataset)
    assert told == len(load(dataset).labels)


@pytest.mark.parametrize(("name", "count"), [
    ("cifar10", 50_000), ("cifar100", 50_000), ("fashion_mnist", 60_000), ("svhn", 73_257), ("stl10", 5_000)])
def test_published_datasets_need_not_be_here(name, count, tmp_path):
    assert training_images(spec(name, root=tmp_path)) == count


@pytest.mark.parametrize(("name", "options"), [
    ("npz", {"path": "nowhere"}), ("parquet", {"train": "nowhere"}), ("image_folder", {"train": "nowhere"})])
def test_files_that_are_not_here_cannot_tell(name, options):
    with pytest.raises(DataUnavailable, match="nowhere"):
        training_images(spec(name, **options))


def test_a_file_that_is_none_of_its_kind_cannot_tell(tmp_path):
    for name, option in (("npz", "path"), ("parquet", "train")):
        (tmp_path / name).write_bytes(picture(3))
        with pytest.raises(DataUnavailable, match="cannot be read"):
            training_images(spec(name, **{option: tmp_path / name}))


@pytest.mark.parametrize(("examples", "steps"), [(64, 1), (65, 1), (66, 2), (128, 2), (1, 1), (40_000, 625)])
def test_a_last_batch_of_one_is_left_out(examples, steps):
    assert steps_per_epoch(examples, 64) == steps
