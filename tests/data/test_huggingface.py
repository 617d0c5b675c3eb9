"""A folder that `datasets` 5.2.0 has written: 24 images to train on in two shards, 6 to test on.

Image i is of colour i throughout and of class i % 2; `crowd` is always wrong, `who` the same for three in a row.
"""

import json
import shutil
from pathlib import Path

import pytest
import torch

from sat_sweep.data import load, training_images
from sat_sweep.errors import DataUnavailable
from tests.data.making import spec

PETS = Path(__file__).parent / "huggingface" / "pets"


def test_splits_classes_images_and_columns():
    source = spec("huggingface", path=PETS).source()
    assert source.class_names == ("cat", "dog")
    assert (source.labels.tolist(), source.test_labels.tolist()) == ([0, 1] * 12, [0, 1] * 3)
    assert source.columns["crowd"].tolist() == [1, 0] * 12
    assert source.images[torch.arange(24)][:, 0, 0, 0].tolist() == list(range(24))
    assert source.test_images[torch.tensor([5])].shape == (1, 3, 8, 8)
    assert training_images(spec("huggingface", path=PETS)) == 24


def test_a_single_split_has_its_test_set_taken_from_it():
    dataset = load(spec("huggingface", path=PETS / "train", group="who"))
    assert len(dataset.labels) + len(dataset.test_labels) == 24
    assert {*(row // 3 for row in dataset.origin.rows)}.isdisjoint(row // 3 for row in dataset.test_origin.rows)
    assert load(spec("huggingface", path=PETS, test_split=None)).origin.rows == load(
        spec("huggingface", path=PETS / "train")).origin.rows


def test_another_split_can_be_trained_on():
    found = spec("huggingface", path=PETS, split="test", test_split="train").counts()
    assert (found.train, found.test) == (6, 24)


def test_the_same_as_parquet(tmp_path):
    import pyarrow.parquet

    table = spec("huggingface", path=PETS / "train").tables()[0].rows
    pyarrow.parquet.write_table(table, tmp_path / "train.parquet")
    one, other = load(spec("huggingface", path=PETS / "train")), load(spec("parquet", train=tmp_path / "train.parquet"))
    assert one.fingerprint == other.fingerprint


@pytest.mark.parametrize(("broken", "options", "message"), [
    (lambda folder: None, {"split": "trian"}, "has no split 'trian'; did you mean 'train'"),
    (lambda folder: None, {"label": "lable"}, "no column 'lable'; did you mean 'label'"),
    (lambda folder: None, {"image": "picture"}, "no column 'picture'"),
    (lambda folder: (folder / "train" / "state.json").write_text("{"), {}, "state.json"),
    (lambda folder: (folder / "train" / "data-00000-of-00002.arrow").unlink(), {}, "dataset of Hugging Face: .*arrow"),
    (lambda folder: (folder / "train" / "data-00001-of-00002.arrow").write_bytes(b"no stream"), {}, "cannot be read"),
    (shutil.rmtree, {}, "no folder that `save_to_disk` has written"),
    (lambda folder: (folder / "train" / "state.json").write_text(json.dumps({})), {}, "_data_files"),
])
def test_refusals(tmp_path, broken, options, message):
    folder = tmp_path / "pets"
    shutil.copytree(PETS, folder)
    broken(folder)
    with pytest.raises(DataUnavailable, match=message):
        load(spec("huggingface", path=folder, **options))
