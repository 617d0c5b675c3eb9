"""What holds for every dataset, and how subsets and test sets are chosen."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from sat_sweep.data import AnyDataset, DataCache, datasets, load
from sat_sweep.errors import DataUnavailable, UserError
from tests.data.making import spec
from tests.data.test_npz import write_npz

WHERE = {"parquet": "train", "npz": "path", "image_folder": "train", "table": "train",
         "huggingface": "path"}


@pytest.mark.parametrize("name", [name for name in datasets if name != "digits"])
def test_missing_files_are_one_clear_sentence(name, tmp_path):
    option = WHERE.get(name, "root")
    with pytest.raises(DataUnavailable) as refusal:
        load(spec(name, **{option: tmp_path / "nowhere"}))
    assert str(tmp_path / "nowhere") in str(refusal.value)
    assert f"`{option}:`" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_trusted_test_set_has_to_be_brought(tmp_path):
    pixels, labels = np.zeros((8, 8, 9, 3), np.uint8), np.array([0, 1] * 4)
    trusted = spec("npz", path=write_npz(tmp_path, x_test=pixels, y_test=labels), test_labels="trusted")
    plain = trusted.model_copy(update={"test_labels": "as_given"})
    assert load(trusted).test_is_trusted
    assert not load(plain).test_is_trusted
    assert load(trusted).fingerprint == load(plain).fingerprint
    assert "test_labels" not in plain.model_dump(mode="json")
    with pytest.raises(UserError, match=r"dataset.test_labels: .* name it in `test:`"):
        load(spec("digits", test_labels="trusted"))


def test_a_failed_download_is_one_clear_sentence(tmp_path, monkeypatch):
    def no_network(*arguments, **options):
        raise OSError("no route to host")
    monkeypatch.setattr("urllib.request.urlopen", no_network)
    with pytest.raises(DataUnavailable, match=r"cannot be fetched .*no route to host"):
        load(spec("cifar10", root=tmp_path, download=True))


@pytest.mark.parametrize("options", [
    {"subset": 1}, {"test_fraction": 0}, {"validation_fraction": 1}, {"sise": 3},
])
def test_refuses_impossible_and_unknown_options(options):
    with pytest.raises(ValidationError, match=next(iter(options))):
        spec("digits", **options)


def test_a_spec_survives_being_written_down():
    one = spec("parquet", train="a/b.parquet", columns=["x"])
    assert TypeAdapter(AnyDataset).validate_json(one.model_dump_json()) == one


def test_importing_datasets_and_models_imports_nothing_heavy():
    code = ("import sys; from sat_sweep.data import datasets, noises; from sat_sweep.models import models;"
            "list(datasets), list(noises), list(models);"
            "print([m for m in ('torchvision', 'sklearn', 'pyarrow', 'PIL', 'scipy') if m in sys.modules])")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_digits_get_a_stratified_test_set_that_never_varies():
    dataset = load(spec("digits"))
    assert dataset.images.shape == (1348, 1, 8, 8)
    assert dataset.images.max() == 1
    assert torch.bincount(dataset.test_labels).min() >= 43
    assert dataset.test_labels.shape == (449,)
    assert (dataset.num_classes, dataset.input_shape) == (10, (1, 8, 8))


def test_training_and_test_set_share_nothing():
    dataset = load(spec("digits"))
    train = {image.numpy().tobytes() for image in dataset.images}
    assert not any(image.numpy().tobytes() in train for image in dataset.test_images)


def test_subsets_are_stratified_and_the_same_every_time():
    one, other = load(spec("digits", subset=100)), load(spec("digits", subset=100, validation_fraction=0.3))
    assert torch.equal(one.images, other.images)
    assert torch.bincount(one.labels).tolist() == pytest.approx([10] * 10, abs=1)
    assert len(load(spec("digits", test_subset=50)).test_labels) == 50


def test_a_subset_leaves_the_test_set_alone():
    assert torch.equal(load(spec("digits", subset=100)).test_images, load(spec("digits")).test_images)


@pytest.mark.parametrize("option", ["subset", "test_subset"])
def test_refuses_a_subset_larger_than_the_whole(option):
    with pytest.raises(UserError, match=f"dataset.{option}: 5000"):
        load(spec("digits", **{option: 5000}))


def test_a_cache_reads_each_dataset_once_and_takes_what_is_ready():
    ready = load(spec("digits"))
    cache = DataCache({spec("digits").digest(): ready})
    assert cache.get(spec("digits")) is ready
    assert cache.get(spec("digits", subset=77)) is cache.get(spec("digits", subset=77))
    assert len(cache.get(spec("digits", subset=77)).labels) == 77


def test_caches_know_nothing_of_each_other():
    other = load(spec("digits", subset=50))
    DataCache({spec("digits").digest(): other})
    assert DataCache().get(spec("digits")).fingerprint != other.fingerprint
