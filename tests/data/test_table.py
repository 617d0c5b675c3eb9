"""Tables: every kind of column by hand, from CSV and Parquet, and each refusal."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from sat_sweep.data import load
from sat_sweep.errors import DataUnavailable
from tests.data.making import spec

CSV = """number,weight,colour,rounded,species,by_somebody
1,1.5,red,true,dog,dog
2,,blue,false,cat,dog
3,2.5,red,true,cat,cat
4,5.0,,false,eel,cat
"""


def source(**options):
    return spec("table", **options).source()


@pytest.fixture
def table(tmp_path):
    (tmp_path / "train.csv").write_text(CSV)
    return tmp_path / "train.csv"


def test_numbers_categories_and_labels_by_hand(table):
    found = source(train=table, label="species", columns=["by_somebody"], drop=["number"])
    assert found.class_names == ("cat", "dog", "eel")
    assert found.labels.tolist() == [1, 0, 0, 2]
    assert found.columns["by_somebody"].tolist() == [1, 1, 0, 0]
    # weight (its mean is 3), whether it was missing, blue, red, rounded
    assert found.images.tolist() == [[1.5, 0, 0, 1, 1], [3.0, 1, 1, 0, 0], [2.5, 0, 0, 1, 1], [5.0, 0, 0, 0, 0]]


def test_a_test_file_is_encoded_as_the_training_file(table, tmp_path):
    (tmp_path / "test.csv").write_text("colour,rounded,number,species,weight\ngreen,true,9,eel,\nblue,false,9,cat,4\n")
    found = source(train=table, test=tmp_path / "test.csv", label="species", drop=["number", "by_somebody"])
    assert found.test_images.tolist() == [[3.0, 1, 0, 0, 1], [4.0, 0, 1, 0, 0]]
    assert found.test_labels.tolist() == [2, 0]


def test_parquet_with_embeddings(tmp_path):
    vectors = np.arange(12, dtype=np.float32).reshape(4, 3)
    embedding = pa.FixedSizeListArray.from_arrays(vectors.ravel(), 3)
    columns = {"embedding": embedding, "label": [7, 3, 7, 3], "age": [1, 2, 3, 4]}
    pyarrow.parquet.write_table(pa.table(columns), tmp_path / "rows.parquet")
    found = source(train=tmp_path / "rows.parquet")
    assert found.images.tolist() == [[*row, age] for row, age in zip(vectors.tolist(), [1, 2, 3, 4], strict=True)]
    assert (found.class_names, found.labels.tolist()) == (("3", "7"), [1, 0, 1, 0])
    assert spec("table", train=tmp_path / "rows.parquet").counts().train == 4


def test_a_table_is_trained_on_like_any_dataset(tmp_path):
    random = np.random.default_rng(0)
    rows = [f"{value:.3f},{'high' if value > 0 else 'low'}" for value in random.normal(size=120)]
    (tmp_path / "rows.csv").write_text("\n".join(["value,label", *rows]))
    dataset = load(spec("table", train=tmp_path / "rows.csv", subset=60))
    assert dataset.images.shape == (60, 1)
    assert set(dataset.origin.rows) < set(range(120))
    assert ((dataset.images[:, 0] > 0).long() == 1 - dataset.labels).all()


@pytest.mark.parametrize(("content", "options", "message"), [
    ("a,label\n1,x\n", {"label": "lable"}, r"has no column 'lable'; did you mean 'label'"),
    ("a,label\n1,x\n", {"drop": ["b"]}, r"has no column 'b'"),
    ("a,label\n1,x\n2,\n", {}, r"'label' has 1 missing values"),
    ("a,label\n1,0.5\n", {}, r"has to be text or whole numbers, got float"),
    ("label\nx\n", {}, r"no column that is a feature"),
    ("a,label\n1,x\n2,y,z\n", {}, r"cannot be read as a table"),
    ("a,label\n" + "".join(f"name{i},x\n" for i in range(101)), {}, r"101 different values: too many.*`drop:`"),
    ("day,label\n2020-01-01,x\n", {}, r"'day' is of type date32.*`drop:`"),
    ("a,label\ninf,x\n", {}, r"has infinite values"),
    ("a,label,other\n1,x,z\n", {"columns": ["other"]}, r"'other' has labels that the training labels lack: z"),
])
def test_what_is_no_such_table_is_one_sentence(content, options, message, tmp_path):
    (tmp_path / "rows.csv").write_text(content)
    with pytest.raises(DataUnavailable, match=message):
        source(train=tmp_path / "rows.csv", **options)


def test_a_test_file_without_a_feature(table, tmp_path):
    (tmp_path / "test.csv").write_text("species\neel\n")
    with pytest.raises(DataUnavailable, match=r"lacks columns of .*train.csv: weight, colour, rounded"):
        source(train=table, test=tmp_path / "test.csv", label="species", drop=["number", "by_somebody"])


def test_embeddings_of_different_lengths(tmp_path):
    pyarrow.parquet.write_table(pa.table({"e": [[1.0, 2.0], [1.0]], "label": ["x", "y"]}), tmp_path / "rows.parquet")
    with pytest.raises(DataUnavailable, match=r"'e' has rows that are no lists of 2 numbers"):
        source(train=tmp_path / "rows.parquet")
