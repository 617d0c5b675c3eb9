"""A model of tables takes the columns that it was trained on, here and where there is nothing but NumPy and torch."""

import csv
import json
import shutil
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from sat_sweep.data.dataset import datasets
from sat_sweep.export.predict_tables import MISSING, TRUTH, TableError, features
from sat_sweep.export.predictor import load
from sat_sweep.home import Home
from sat_sweep.report import build_report
from tests.export import sweeps

SPACE = """\
name: small
dataset: {name: table, train: train.csv, test: test.csv, label: kind, drop: [number]}
noise: {kind: symmetric, rates: [0.0]}
methods: [ce]
model: {name: mlp, width: 16}
training: {epochs: 3, batch_size: 32}
search: {trials: 1, pruner: none}
confirm: {seeds: 2}
"""


def write_rows(file, count, seed):
    """Numbers of which some are missing, truth values, categories of which some are missing, and two classes."""
    random = np.random.default_rng(seed)
    lines = [["number", "weight", "old", "colour", "kind"]]
    for number in range(count):
        kind = int(random.integers(2))
        weight = "" if random.random() < 0.1 else f"{random.normal() + 2 * kind:.6g}"
        colour = "" if random.random() < 0.1 else ["red", "blue", "green"][int(random.integers(3)) * kind]
        lines.append([number, weight, ["true", "false"][int(random.integers(2))], colour, ["cat", "dog"][kind]])
    with file.open("w", newline="") as content:
        csv.writer(content).writerows(lines)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with `train.csv`, `test.csv`, the home of a finished sweep, and its model."""
    folder = tmp_path_factory.mktemp("tables")
    write_rows(folder / "train.csv", 200, 0)
    write_rows(folder / "test.csv", 60, 1)
    (folder / "space.yaml").write_text(SPACE)
    home, model = folder / "home", folder / "model"
    done = sweeps.command("launch", folder / "space.yaml", "--home", home, "--serial", "--yes")
    assert done.exit_code == 0, done.output
    done = sweeps.command("export", "small", "--home", home, "--out", model)
    assert done.exit_code == 0, done.output
    return folder


def source_of(folder):
    places = {name: folder / f"{name}.csv" for name in ("train", "test")}
    return datasets["table"](**places, label="kind", drop=["number"]).source()


def columns_of(model):
    return json.loads((model / "model.json").read_text())["input"]["columns"]


def test_features_are_those_of_training_to_the_bit(made):
    found = features(made / "test.csv", columns_of(made / "model"))
    assert np.array_equal(found, source_of(made).test_images.numpy())
    assert [column["kind"] for column in columns_of(made / "model")] == ["numbers", "numbers", "categories"]


def test_the_accuracy_is_the_reports(made):
    """Labels by the command, from CSV and Parquet, whatever the order of columns and whatever else there is."""
    options = pyarrow.csv.ConvertOptions(strings_can_be_null=True)
    table = pyarrow.csv.read_csv(made / "test.csv", convert_options=options)
    pyarrow.parquet.write_table(table.select(["colour", "kind", "weight", "old"]), made / "test.parquet")
    answers = [json.loads(sweeps.command("predict", made / "model", made / name, "--json").stdout)
               for name in ("test.csv", "test.parquet")]
    assert answers[0] == answers[1]
    right = [answer["label"] == kind for answer, kind in zip(answers[0], table.column("kind").to_pylist(), strict=True)]
    (row,) = build_report(Home(str(made / "home")).existing("small")).rows
    (seed,) = json.loads((made / "model" / "model.json").read_text())["seeds"]
    assert np.mean(right) == pytest.approx(row.last.by_seed[seed])


def test_predict_py_needs_no_package_of_ours(made, tmp_path):
    """Parquet is told to need pyarrow, which is not there."""
    environment = sweeps.bare_python(tmp_path)
    shutil.copy(made / "test.csv", tmp_path / "rows.csv")
    (tmp_path / "rows.parquet").touch()
    for data, status in (("rows.csv", 0), ("rows.parquet", 1)):
        done = subprocess.run([sys.executable, "-S", str(made / "model" / "predict.py"), data, "--out", f"{data}.out"],
                              env=environment, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == status, done.stderr
    assert "takes the package pyarrow, which is not here" in done.stderr
    with (tmp_path / "rows.csv.out").open() as file:
        labels = [row["label"] for row in csv.DictReader(file)]
    expected = load(made / "model").probabilities(source_of(made).test_images.numpy()).argmax(axis=1)
    assert labels == [["cat", "dog"][number] for number in expected]


def test_arrays_of_features_still_do(made, tmp_path):
    np.save(tmp_path / "rows.npy", source_of(made).test_images.numpy())
    by_array, by_file = (sweeps.command("predict", made / "model", data).stdout
                         for data in (tmp_path / "rows.npy", made / "test.csv"))
    assert by_array == by_file


def test_the_card_says_how(made):
    card = (made / "model" / "README.md").read_text()
    assert "predict.py ROWS.csv" in card
    assert (made / "model" / "predict_tables.py").exists()


@pytest.mark.parametrize(("content", "message"), [
    ("weight,old,colour\n1,true,red\n2,true,pink\n",
     "row 1, column 'colour': 'pink' is none of the categories that the model knows: blue, green, red"),
    ("weight,old\n1,true\n", "lacks columns that the model takes: colour; it has weight, old"),
    ("weight,old,colour\n1,true,red\nheavy,true,red\n", "row 1, column 'weight': 'heavy' is no number"),
    ("weight,old,colour\ninf,true,red\n", "row 0, column 'weight': 'inf' is no finite number"),
    ("weight,old,colour\n1,true\n", "row 0: 2 cells under 3 names of columns"),
    ("weight,old,colour\n", "has no rows"), ("", "lacks columns"),
])
def test_refusals_name_row_and_column(made, tmp_path, content, message):
    (tmp_path / "rows.csv").write_text(content)
    done = sweeps.command("predict", made / "model", tmp_path / "rows.csv")
    assert (done.exit_code, message in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("name", "message"), [
    ("rows.txt", "rows of a table, as a .csv or .parquet file"), ("rows.csv", "cannot be read as CSV"),
    ("rows.parquet", "cannot be read as Parquet"),
])
def test_files_that_are_no_tables(made, tmp_path, name, message):
    if name != "rows.csv":
        (tmp_path / name).write_bytes(b"nothing")
    done = sweeps.command("predict", made / "model", tmp_path / name)
    assert (done.exit_code, message in done.stderr) == (2, True), done.stderr


def test_vectors_are_lists_in_parquet_and_json_in_csv(tmp_path):
    columns = [{"name": "embedding", "kind": "vectors", "length": 2}]
    pa.parquet.write_table(pa.table({"embedding": [[1.0, 2.5], [3.0, 4.0]]}), tmp_path / "rows.parquet")
    (tmp_path / "rows.csv").write_text('embedding\n"[1.0, 2.5]"\n"[3, 4]"\n')
    for name in ("rows.parquet", "rows.csv"):
        assert features(tmp_path / name, columns).tolist() == [[1.0, 2.5], [3.0, 4.0]]
    for wrong in ('"[1.0]"', "x", '"[1, ""a""]"', "3"):
        (tmp_path / "wrong.csv").write_text(f"embedding\n{wrong}\n")
        with pytest.raises(TableError, match=r"row 0, column 'embedding': .*no (list of 2 numbers|number)"):
            features(tmp_path / "wrong.csv", columns)


def test_what_stands_for_nothing_and_for_truth_is_what_pyarrow_takes_for_it():
    options = pyarrow.csv.ConvertOptions()
    assert set(options.null_values) == MISSING
    assert {word for word in TRUTH if TRUTH[word]} == {*options.true_values} - {"1"}
    assert {word for word in TRUTH if not TRUTH[word]} == {*options.false_values} - {"0"}
