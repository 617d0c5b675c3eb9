"""`sat-sweep predict`: the same images in every form get the same labels."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from sat_sweep.data import load
from tests.export import sweeps

COUNT = 12


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return sweeps.exported(tmp_path_factory.mktemp("sweep"), epochs=2)


@pytest.fixture(scope="module")
def pixels():
    """(N, 8, 8) bytes."""
    return (load(sweeps.DIGITS).test_images[:COUNT, 0] * 255).round().byte().numpy()


@pytest.fixture(scope="module")
def expected(model, pixels, tmp_path_factory):
    """Label and probability of each by the array of bytes."""
    file = tmp_path_factory.mktemp("arrays") / "digits.npy"
    np.save(file, pixels)
    return [(row["label"], row["probability"]) for row in predicted(model, file)]


def predicted(model, data):
    done = sweeps.command("predict", model, data, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def answers(rows):
    return [(row["label"], row["probability"]) for row in rows]


def png(image) -> bytes:
    content = io.BytesIO()
    Image.fromarray(image).save(content, "PNG")
    return content.getvalue()


def test_a_flat_folder_of_images(model, pixels, expected, tmp_path):
    for number, image in enumerate(pixels):
        (tmp_path / f"{number:02d}.png").write_bytes(png(image))
    rows = predicted(model, tmp_path)
    assert [row["name"] for row in rows] == [f"{number:02d}.png" for number in range(COUNT)]
    assert answers(rows) == expected


def test_a_folder_per_class_names_files_by_their_place(model, pixels, expected, tmp_path):
    for number, image in enumerate(pixels):
        (tmp_path / f"{number // 6}").mkdir(exist_ok=True)
        (tmp_path / f"{number // 6}" / f"{number:02d}.png").write_bytes(png(image))
    rows = predicted(model, tmp_path)
    assert rows[0]["name"] == "0/00.png"
    assert answers(rows) == expected


def test_a_table_of_encoded_images(model, pixels, expected, tmp_path):
    cells = [{"bytes": png(image), "path": None} for image in pixels]
    pq.write_table(pa.table({"image": cells}), tmp_path / "t.parquet")
    rows = predicted(model, tmp_path / "t.parquet")
    assert [row["name"] for row in rows] == list(range(COUNT))
    assert answers(rows) == expected


def test_one_image_in_colour_is_made_grey_for_a_grey_model(model, pixels, expected, tmp_path):
    (tmp_path / "one.png").write_bytes(png(np.repeat(pixels[0][:, :, None], 3, axis=2)))
    (row,) = predicted(model, tmp_path / "one.png")
    assert (row["name"], row["label"]) == ("one.png", expected[0][0])
    assert row["probability"] == pytest.approx(expected[0][1], abs=0.02)


@pytest.mark.parametrize("shaped", [lambda a: a, lambda a: a[:, None], lambda a: a[..., None]])
def test_arrays_may_have_their_channels_first_last_or_not_at_all(model, pixels, expected, tmp_path, shaped):
    np.savez(tmp_path / "a.npz", shaped(pixels))
    assert answers(predicted(model, tmp_path / "a.npz")) == expected


def test_the_table_has_a_column_per_class(model, pixels, expected, tmp_path):
    np.save(tmp_path / "a.npy", pixels)
    done = sweeps.command("predict", model, tmp_path / "a.npy", "--out", tmp_path / "out.csv")
    assert (done.exit_code, done.stdout) == (0, "")
    rows = list(csv.DictReader((tmp_path / "out.csv").open()))
    assert list(rows[0]) == ["name", "label", "probability", *map(str, range(10))]
    assert [(row["label"], float(row["probability"])) for row in rows] == expected
    for row in rows:
        each = [float(row[str(digit)]) for digit in range(10)]
        assert sum(each) == pytest.approx(1, abs=1e-5)
        assert each[int(row["label"])] == max(each) == float(row["probability"])
    assert sweeps.command("predict", model, tmp_path / "a.npy").stdout == (tmp_path / "out.csv").read_text()


@pytest.mark.parametrize(("name", "content", "message"), [
    ("absent.png", None, "absent.png does not exist"),
    ("empty", (), "holds no image files"),
    ("broken.png", b"no image", "cannot be read"),
    ("large.png", png(np.zeros((9, 9), np.uint8)), "inputs of shape (1, 1, 9, 9) are nothing for this model"),
    ("mixed", ((8, 8), (9, 9)), "images differ in size"),
])
def test_what_cannot_be_predicted_is_one_sentence(model, tmp_path, name, content, message):
    if isinstance(content, tuple):
        (tmp_path / name).mkdir()
        for number, size in enumerate(content):
            (tmp_path / name / f"{number}.png").write_bytes(png(np.zeros(size, np.uint8)))
    elif content is not None:
        (tmp_path / name).write_bytes(content)
    done = sweeps.command("predict", model, tmp_path / name)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_features_are_rows_of_an_array(tmp_path):
    generator = np.random.default_rng(0)
    labels = np.arange(200) % 3
    inputs = generator.normal(size=(200, 6)) + 4 * np.eye(3, 6)[labels]
    np.savez(tmp_path / "data.npz", x_train=inputs, y_train=labels, class_names=["low", "middle", "high"])
    space, home, out = tmp_path / "space.yaml", tmp_path / "home", tmp_path / "model"
    space.write_text(sweeps.SPACE.format(methods="ce", model="{name: mlp, width: 16}", epochs=8, lr=0.1, select="last")
                     .replace("digits, subset: 300", "npz, path: data.npz").replace("0.4", "0.1"))
    assert sweeps.command("launch", space, "--home", home, "--serial", "--yes").exit_code == 0
    assert sweeps.command("export", "small", "--home", home, "--out", out).exit_code == 0
    rows = predicted(out, tmp_path / "data.npz")
    given = np.array(["low", "middle", "high"])[labels]
    assert np.mean([row["label"] == label for row, label in zip(rows, given, strict=True)]) > 0.9
    (tmp_path / "one.png").write_bytes(png(np.zeros((8, 8), np.uint8)))
    done = sweeps.command("predict", out, tmp_path / "one.png")
    assert done.exit_code == 2
    assert "this model takes 6 features, as an array in an .npz or .npy file" in done.stderr


def test_images_in_colour_of_any_size_are_scaled_as_those_that_it_was_trained_on(tmp_path):
    """From a folder per class to labels for a folder: what a user with images does."""
    generator = np.random.default_rng(0)
    for kind, shade in (("dark", 40), ("light", 200)):
        (tmp_path / "photos" / kind).mkdir(parents=True)
        for number in range(30):
            image = np.clip(generator.normal(shade, 30, (12, 10, 3)), 0, 255).astype(np.uint8)
            (tmp_path / "photos" / kind / f"{number}.png").write_bytes(png(image))
    space, home, out = tmp_path / "space.yaml", tmp_path / "home", tmp_path / "model"
    space.write_text(sweeps.SPACE.format(methods="ce", model="{name: mlp, width: 8}", epochs=3, lr=0.05, select="last")
                     .replace("digits, subset: 300", "image_folder, train: photos, size: 8"))
    assert sweeps.command("launch", space, "--home", home, "--serial", "--yes").exit_code == 0
    assert sweeps.command("export", "small", "--home", home, "--out", out).exit_code == 0
    rows = predicted(out, tmp_path / "photos")
    assert np.mean([row["name"].startswith(row["label"]) for row in rows]) > 0.9
