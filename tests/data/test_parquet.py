from __future__ import annotations

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from sat_sweep.data import load
from sat_sweep.errors import DataUnavailable
from tests.data.making import picture, spec


def write_parquet(path, cells: list, labels: list[int], metadata: dict | None = None, **columns) -> str:
    table = pa.table({"image": cells, "label": labels, **columns})
    pq.write_table(table.replace_schema_metadata(metadata), path, row_group_size=3)
    return str(path)


def deep_picture() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((8, 8), 40000, dtype=np.uint16)).save(buffer, "PNG")
    return buffer.getvalue()


CELLS = [{"bytes": picture(10 * number), "path": None} for number in range(8)]
LABELS = [0, 1] * 4


def test_parquet_reads_images_labels_and_noisy_columns(tmp_path):
    path = write_parquet(tmp_path / "t.parquet", CELLS, LABELS, {"class_names": "cat,dog"}, worse=[1, 1] * 4)
    dataset = load(spec("parquet", train=path, test=path))
    assert dataset.images[:, 0, 0, 0].tolist() == list(range(0, 80, 10))
    assert dataset.images.shape == (8, 3, 8, 8)
    assert dataset.labels.tolist() == dataset.test_labels.tolist() == LABELS
    assert dataset.class_names == ("cat", "dog")
    assert {name: column.tolist() for name, column in dataset.columns.items()} == {"worse": [1, 1] * 4}


def test_parquet_subset_keeps_rows_together(tmp_path):
    path = write_parquet(tmp_path / "t.parquet", CELLS, LABELS, position=list(range(8)))
    dataset = load(spec("parquet", train=path, test=path, subset=4))
    assert (dataset.images[:, 0, 0, 0] // 10).tolist() == dataset.columns["position"].tolist()
    assert dataset.labels.tolist() == [LABELS[position] for position in dataset.columns["position"]]


def test_parquet_decodes_only_what_is_used(tmp_path):
    damaged = [*CELLS, {"bytes": b"no image", "path": None}]
    path = write_parquet(tmp_path / "t.parquet", damaged, [*LABELS, 0])
    whole, part = (spec("parquet", train=path, test=path, subset=n, test_subset=4) for n in (None, 4))
    assert len(load(part).images) == 4
    with pytest.raises(DataUnavailable, match="image 8 cannot be read"):
        load(whole)


@pytest.mark.parametrize("kind", ["bytes", "path", "struct with path"])
def test_parquet_takes_every_layout_of_image_cells(kind, tmp_path):
    for number in range(8):
        (tmp_path / f"{number}.png").write_bytes(picture(10 * number, mode="L"))
    files = [f"{number}.png" for number in range(8)]
    cells = {"bytes": [cell["bytes"] for cell in CELLS], "path": files,
             "struct with path": [{"bytes": None, "path": file} for file in files]}[kind]
    dataset = load(spec("parquet", train=write_parquet(tmp_path / "t.parquet", cells, LABELS)))
    assert dataset.images.shape == (6, 3 if kind == "bytes" else 1, 8, 8)
    assert len(dataset.images.unique()) == 6


def test_parquet_takes_class_names_from_hugging_face(tmp_path):
    features = {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    dataset = load(spec("parquet", train=write_parquet(tmp_path / "t.parquet", CELLS, LABELS, metadata)))
    assert dataset.class_names == ("cat", "dog")


@pytest.mark.parametrize(("labels", "options", "message"), [
    ([0, 1, 2, 3] * 2, {}, "0 to 1, got 0 to 3"),
    (LABELS, {"label": "lable"}, "did you mean 'label'"),
    (LABELS, {"columns": ["worst"]}, "no column 'worst'"),
    ([0, None] * 4, {}, "missing values"),
    (["a", "b"] * 4, {}, "whole numbers"),
])
def test_parquet_refuses_labels_that_are_none(labels, options, message, tmp_path):
    path = write_parquet(tmp_path / "t.parquet", CELLS, labels, {"class_names": "cat,dog"})
    with pytest.raises(DataUnavailable, match=message):
        load(spec("parquet", train=path, **options))


@pytest.mark.parametrize(("content", "message"), [
    (picture(9)[:-30], "image 1 cannot be read"),
    (deep_picture(), "8 bits"),
    (None, "neither bytes nor a path"),
])
def test_images_that_cannot_be_used_are_refused_by_number(content, message, tmp_path):
    cells = [CELLS[0], {"bytes": content, "path": None}, *CELLS[2:]]
    path = write_parquet(tmp_path / "t.parquet", cells, LABELS)
    with pytest.raises(DataUnavailable, match=message):
        load(spec("parquet", train=path))


def test_columns_of_other_numbers_do_no_harm(tmp_path):
    path = write_parquet(tmp_path / "t.parquet", CELLS, LABELS, offset=[-1] * 8, weight=[0.5] * 8)
    assert list(load(spec("parquet", train=path)).columns) == ["offset"]


def test_images_of_different_sizes_need_a_size(tmp_path):
    cells = [{"bytes": picture(9, side), "path": None} for side in (8, 8, 9, 9, 10, 10, 11, 11)]
    path = write_parquet(tmp_path / "t.parquet", cells, LABELS)
    with pytest.raises(DataUnavailable, match=r"differ in size: 8×8 \(2\), .* and 1 more, .* `size: 8`, about"):
        spec("parquet", train=path).source().images[torch.arange(8)]
    with pytest.raises(DataUnavailable, match="differ in size"):
        load(spec("parquet", train=path))
    assert load(spec("parquet", train=path, size=12)).input_shape == (3, 12, 12)


def test_human_labels_are_wrong_as_often_as_published(real_data):
    source = spec("parquet", train=real_data / "cifar10_train.parquet").source()
    wrong = {name: (given != source.labels).double().mean().item() for name, given in source.columns.items()}
    assert wrong == pytest.approx({"label_aggre": 0.09010, "label_random1": 0.17234, "label_random2": 0.18122,
                                   "label_random3": 0.17640, "label_worse": 0.40208}, abs=5e-6)


def test_real_images_are_decoded_for_the_subset_alone(real_data):
    dataset = load(spec("parquet", train=real_data / "cifar10_train.parquet",
                        test=real_data / "cifar10_test.parquet", subset=200, test_subset=100))
    assert dataset.images.shape == (200, 3, 32, 32)
    assert dataset.images.double().mean().item() == pytest.approx(120, abs=10)
    assert torch.bincount(dataset.labels).tolist() == [20] * 10
    assert dataset.class_names[:2] == ("airplane", "automobile")
