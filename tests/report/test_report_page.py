"""The written report: one page that needs nothing else, and files beside it."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sample_home import describe, history, result, sample, space

from sat_sweep.home import Home
from sat_sweep.report import build_report, write
from sat_sweep.report.html import Html, element

VOID = {"meta", "br"}


class Checker(HTMLParser):
    """Collects what a page contains and fails on tags that do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sample")
    write(build_report(sample(place / "home")), place / "out")
    return place / "out"


def checked(folder: Path) -> Checker:
    checker = Checker()
    checker.feed((folder / "report.html").read_text(encoding="utf-8"))
    assert checker.open == []
    return checker


def test_all_files_are_there(written: Path) -> None:
    assert sorted(path.name for path in written.iterdir()) == [
        "curves-symmetric-0.2.png", "curves-symmetric-0.4.png", "curves-symmetric-0.png", "report.csv",
        "report.html", "report.json", "report.md", "robustness-small.png", "robustness.png",
        "search-ce+reset.png", "search-sat.png"]
    assert (written / "robustness.png").read_bytes().startswith(b"\x89PNG")


def test_the_page_needs_no_network_and_no_script(written: Path) -> None:
    page = checked(written)
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert all(link.startswith("#") for link in page.links)
    assert "@import" not in (written / "report.html").read_text(encoding="utf-8")
    assert page.tags.count("svg") == 6


def test_what_the_user_wrote_is_text(written: Path) -> None:
    page = checked(written)
    assert "# <b>not bold</b> & more" in page.text
    assert "epoch 40: the loss <is> not finite" in page.text


def test_the_page_has_every_part(written: Path) -> None:
    page = checked(written)
    for said in ("lies above ce", "sat.start_epoch = 12", "reset.rate = 0.01235", "averaged over 2 epochs",
                 "abc123", "2942", "4 (1 pruned, 1 failed)", "Every seed", "wrong labels memorised"):
        assert said in page.text


def test_the_same_home_gives_the_same_page(written: Path, tmp_path: Path) -> None:
    write(build_report(sample(tmp_path / "home")), tmp_path / "out")
    assert (tmp_path / "out" / "report.html").read_bytes() == (written / "report.html").read_bytes()


def test_the_csv_has_every_row_and_seed(written: Path) -> None:
    with (written / "report.csv").open() as file:
        rows = list(csv.DictReader(file))
    content = json.loads((written / "report.json").read_text())
    assert [float(row["last_mean"]) for row in rows] == [row["last"]["mean"] for row in content["rows"]]
    assert rows[0]["last_difference_mean"] == ""
    assert len(rows[1]["last_by_seed"].split()) == 5
    assert json.loads(rows[1]["settings"]) == {"sat.momentum": 0.9, "sat.start_epoch": 12}


def test_a_sweep_that_has_nothing_yet_has_a_page_too(tmp_path: Path) -> None:
    sweep = Home(str(tmp_path)).sweep("sample")
    describe(sweep, state="running")
    write(build_report(sweep), tmp_path / "out")
    page = checked(tmp_path / "out")
    assert "no answer" in page.text
    assert "state: running" in page.text


def test_labels_of_noise_may_be_anything(tmp_path: Path) -> None:
    sweep = Home(str(tmp_path)).sweep("sample")
    label, key = "a$b$<i>/c", "ce/a_b__i__c-0a1b2c"
    describe(sweep, space=space(noise={"kind": "column"}),
             studies=[{"key": key, "method": "ce", "noise": label, "rate": None, "trials": 1}])
    for number in range(2):
        made = result("ce", 0.0, "confirm", number, history(("test/accuracy", [0.2, 0.4 + number / 10])))
        sweep.add_result(replace(made, study=key, noise=label, rate=None))
    write(build_report(sweep), tmp_path / "out")
    assert (tmp_path / "out" / "curves-a_b__i__c-0a1b2c.png").exists()
    assert checked(tmp_path / "out").text.count(label) >= 2
    assert "<i>" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_text_is_escaped_and_markup_is_not() -> None:
    assert element("p", "<&>", Html("<b>x</b>"), None, class_='a"b') == (
        '<p class="a&quot;b">&lt;&amp;&gt;<b>x</b></p>')


def test_importing_it_imports_nothing_heavy() -> None:
    heavy = ("torch", "ray", "optuna", "mlflow", "matplotlib", "scipy")
    code = f"import sys, sat_sweep.report; print([name for name in {heavy} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert re.sub(r"\s", "", said) == "[]"
