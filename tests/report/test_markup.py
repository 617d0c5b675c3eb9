"""Text that a user can set is text in every form of a report: never markup, never a formula."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from rich.console import Console
from sample_home import plausible, result, varied

from sat_sweep.home.status import Status, StudyStatus
from sat_sweep.report import build_report, write
from sat_sweep.report.spreadsheet import as_csv
from sat_sweep.sweep import live_table
from tests.pages import Elements

EVIL = """"'><script>alert(1)</script><img src=x onerror=alert(2)>"""
NOISE = "[red]noise[/red] :smile:"
FORMULA = '=HYPERLINK("http://127.0.0.1";"x")'


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with such text wherever a space file, data or an error can have put it."""
    place = tmp_path_factory.mktemp("evil")
    sweep = varied(place / "home", path="dataset.label", values=(EVIL, FORMULA), rates=(0.2,))
    sweep.update(owner=EVIL, versions={EVIL: EVIL},
                 data={"fingerprint": EVIL, "train": 100, "classes": [EVIL, FORMULA], "test": 10, "test_sizes": [5, 5]})
    study = "sat/symmetric-0.2-0"
    sweep.add_result(result("sat", 0.2, "search", 3, plausible("sat", 0.2, 3), study=study, state="failed", reason=EVIL,
                            vary={"dataset.label": EVIL}, values={"sat.mode": EVIL}, versions={EVIL: EVIL}))
    for number in range(3):
        sweep.add_result(result("sat", 0.2, "confirm", number, plausible("sat", 0.2, number + 1), study=study,
                                vary={"dataset.label": EVIL}, values={"sat.mode": FORMULA}))
    sweep.write_space(f"name: sample\n# {EVIL}\n")
    write(build_report(sweep), place / "out")
    return place / "out"


def test_a_page_shows_it_and_has_no_element_of_it(written: Path) -> None:
    page = Elements((written / "report.html").read_text(encoding="utf-8"))
    assert EVIL in page.text
    assert "script" not in page.tags
    assert not [name for name in page.attributes if name.startswith("on")]


def test_drawings_show_it_too(written: Path) -> None:
    page = (written / "report.html").read_text(encoding="utf-8")
    drawings = [Elements(f"<svg{part.partition('</svg>')[0]}") for part in page.split("<svg")[1:]]
    assert any("alert(1)" in drawing.text for drawing in drawings)
    assert not any("script" in drawing.tags for drawing in drawings)


def test_markdown_has_no_tag_of_it(written: Path) -> None:
    text = (written / "report.md").read_text(encoding="utf-8")
    assert "alert(1)" in text
    assert "<script" not in text
    assert "<img" not in text


def test_a_spreadsheet_computes_nothing_of_it(written: Path) -> None:
    with (written / "report.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))
    assert any(cell == f"'{FORMULA}" for line in lines for cell in line)
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "@"))]


@pytest.mark.parametrize(("value", "cell"), [
    ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("\tx", "'\tx"), (-1, "-1"), (-0.5, "-0.5"),
    ("a=b", "a=b"), (None, ""), ("", ""),
])
def test_only_text_that_begins_like_a_formula_is_changed(value: object, cell: str) -> None:
    assert next(csv.DictReader(as_csv(["a", "b"], [{"a": value, "b": "x"}]).splitlines()))["a"].strip() == cell.strip()


def test_a_terminal_shows_brackets_as_they_are(monkeypatch: pytest.MonkeyPatch,
                                               capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(live_table, "Console", lambda **how: Console(**how, force_terminal=True, width=200))
    stages = [StudyStatus("ce", NOISE, stage, 1, 0, 0, 0, 1, None) for stage in ("search", "confirm")]
    with live_table.live_table(lambda: Status("sample", "running", tuple(stages), heartbeat=1.0)):
        pass
    assert NOISE in capfd.readouterr().err
