from __future__ import annotations

import numpy as np
import pytest
import torch

from sat_sweep.data import Dataset, load
from sat_sweep.errors import DataUnavailable
from tests.data.making import spec

LABELS = [0, 1] * 4
PIXELS = np.arange(8 * 8 * 9 * 3, dtype=np.uint32).astype(np.uint8).reshape(8, 8, 9, 3)


def write_npz(folder, **arrays) -> str:
    values = {"x_train": PIXELS, "y_train": np.array(LABELS), **arrays}
    np.savez(folder / "a.npz", **{name: value for name, value in values.items() if value is not None})
    return str(folder / "a.npz")


@pytest.mark.parametrize(("inputs", "shape", "dtype"), [
    (PIXELS, (3, 8, 9), torch.uint8),
    (PIXELS.transpose(0, 3, 1, 2), (3, 8, 9), torch.uint8),
    (PIXELS[..., 0], (1, 8, 9), torch.uint8),
    (PIXELS / 255, (3, 8, 9), torch.float32),
    (PIXELS[:, 0, :, 0] * 100.0, (9,), torch.float32),
])
def test_npz_takes_images_and_features(inputs, shape, dtype, tmp_path):
    arrays = {"x_train": inputs, "x_test": inputs, "y_test": np.array(LABELS)}
    dataset = load(spec("npz", path=write_npz(tmp_path, **arrays)))
    assert dataset.input_shape == shape
    assert dataset.images.dtype == dtype
    assert torch.equal(dataset.images, dataset.test_images)


def test_npz_channels_stay_what_they_are(tmp_path):
    image = load(spec("npz", path=write_npz(tmp_path, x_test=PIXELS, y_test=np.array(LABELS)))).images[5]
    np.testing.assert_array_equal(image.numpy(), PIXELS[5].transpose(2, 0, 1))


def test_npz_brings_noisy_columns_and_names(tmp_path):
    names = np.array(["cat", "dog"])
    path = write_npz(tmp_path, y_human=np.array([1, 1] * 4), y_score=np.zeros(8), class_names=names)
    source = spec("npz", path=path).source()
    assert {name: column.tolist() for name, column in source.columns.items()} == {"y_human": [1, 1] * 4}
    assert source.class_names == ("cat", "dog")


@pytest.mark.parametrize(("arrays", "message"), [
    ({"y_train": None}, "no array 'y_train'"),
    ({"y_train": np.zeros(8)}, "whole numbers"),
    ({"y_train": np.array([-1, 0] * 4)}, "at least 0, got -1"),
    ({"x_train": PIXELS[:5]}, "5 inputs for 8 labels"),
    ({"x_train": PIXELS * 1.0}, r"floats in \[0, 1\]"),
    ({"x_train": np.array([object()] * 8)}, "without pickles"),
    ({"x_train": np.zeros(8)}, "dimensions"),
])
def test_npz_refuses_what_it_cannot_use(arrays, message, tmp_path):
    with pytest.raises(DataUnavailable, match=message):
        load(spec("npz", path=write_npz(tmp_path, **arrays)))


@pytest.mark.parametrize("changed", [
    {"x_train": 255 - PIXELS}, {"y_train": np.array(LABELS[::-1])}, {"y_human": np.array(LABELS)},
    {"class_names": np.array(["cat", "dog"])}, {"x_train": PIXELS.reshape(8, 9, 8, 3)},
])
def test_fingerprint_changes_with_content_and_not_with_the_place(changed, tmp_path):
    folders = [tmp_path / name for name in ("a", "b", "c")]
    for folder in folders:
        folder.mkdir()
    paths = [write_npz(folders[0]), write_npz(folders[1]), write_npz(folders[2], **changed)]
    one, same, other = (fingerprint(load(spec("npz", path=path))) for path in paths)
    assert one == same != other


def fingerprint(dataset: Dataset) -> str:
    assert len(dataset.fingerprint) == 64
    return dataset.fingerprint


def test_groups_and_weights_are_arrays_beside_the_labels(tmp_path):
    count = len(LABELS)
    beside = {"who": np.array([f"person {i // 2}" for i in range(count)]), "votes": np.arange(count)}
    source = spec("npz", path=write_npz(tmp_path, **beside), group="who", weight="votes").source()
    assert source.groups.tolist() == [i // 2 for i in range(count)]
    assert source.weights.tolist() == list(map(float, range(count)))
    assert (source.weights.dtype, source.columns) == (torch.float32, {})


@pytest.mark.parametrize(("beside", "options", "message"), [
    ({}, {"group": "who"}, "has no array 'who'"),
    ({"who": np.arange(3)}, {"group": "who"}, r"'who' has shape \(3,\), and y_train"),
    ({"votes": -np.ones(len(LABELS))}, {"weight": "votes"}, "weights below zero"),
    ({"votes": np.array(["x"] * len(LABELS))}, {"weight": "votes"}, "has no numbers"),
])
def test_what_cannot_be_groups_or_weights_is_refused(tmp_path, beside, options, message):
    with pytest.raises(DataUnavailable, match=message):
        spec("npz", path=write_npz(tmp_path, **beside), **options).source()
