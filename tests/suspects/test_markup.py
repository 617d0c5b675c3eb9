"""Classes and files with evil names: pages show them, spreadsheets compute nothing of them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image
from typer.testing import CliRunner

from sat_sweep.cli import app
from sat_sweep.commands import watching
from tests.pages import Elements

CLASSES = ("=1+1 <script>alert(1)<img src=x onerror=alert(2)>", "a \"'><b onload=alert(3)>")
SPACE = """\
name: evil
dataset: {name: image_folder, train: images}
noise: {kind: as_given}
methods: [ce]
model: {name: mlp, width: 8}
training: {epochs: 2, augmentation: none}
confirm: {seeds: 2}
"""


def run(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.output


def test_names_of_classes_and_files_are_text(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for label, name in enumerate(CLASSES):
        place = tmp_path / "images" / name
        place.mkdir(parents=True)
        for number in range(30):
            pixels = random.integers(0, 128, (8, 8), dtype=np.uint8) + np.uint8(100 * label)
            Image.fromarray(pixels).save(place / f"@x <script>{number}.png")
    (tmp_path / "space.yaml").write_text(SPACE)
    home = tmp_path / "home"
    run("launch", tmp_path / "space.yaml", "--serial", "--yes", "--home", home)
    run("suspects", "evil", "--home", home, "--out", tmp_path / "out")

    for file in (tmp_path / "out" / "suspects.html", home / "evil" / "report" / "report.html"):
        page = Elements(file.read_text(encoding="utf-8"))
        assert "script" not in page.tags
        assert not [name for name in page.attributes if name.startswith("on")]
    assert "<script>" in Elements((tmp_path / "out" / "suspects.html").read_text(encoding="utf-8")).text
    with (tmp_path / "out" / "suspects.csv").open(newline="", encoding="utf-8") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert any(cell == f"'{CLASSES[0]}" for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def test_the_watched_page_makes_no_markup_of_what_it_is_told() -> None:
    page = (Path(watching.__file__).parent / "watch_page.html").read_text(encoding="utf-8")
    assert "textContent" in page
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in page
