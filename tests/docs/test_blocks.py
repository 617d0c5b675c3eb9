"""Every code block that a page shows is right: what is data is read, what is cheap is done."""

from __future__ import annotations

import json
import re
import tomllib
from contextlib import nullcontext
from unittest.mock import Mock

import pytest
import yaml
from site_pages.diagrams import without_diagrams
from typer.testing import CliRunner

from sat_sweep.cli import app
from sat_sweep.config import load_space

from .blocks import PAGES, ROOT, Block, blocks, blocks_of, every
from .reader import Reader, forgotten
from .test_commands import FOLLOWED_ELSEWHERE, ours

CHECKED = {"bash", "python", "yaml", "json", "toml", "mermaid", ""}
"""The languages of blocks; one without a language is a tree of the package's rooms."""
SPACE = {"name": "page", "dataset": {"name": "digits"}, "noise": {"kind": "symmetric", "rates": [0.4]},
         "methods": ["ce", "sat"], "model": {"name": "mlp"}}
"""What a part of a space file is completed with."""
NOT_RUN = {
    r"--address": "a cluster; tests/docker and tests/sweep/ray_job have some",
    r"^serve|^ui": "servers that do not end; tests/service, tests/cli/test_ui.py",
    r"launch search_spaces/(paper|zoo|cifar10)_": "hours of training on data that are fetched; test_docs.py plans each",
    r"launch search_spaces/\w+_cifar10": "data that lie beside the checkout; test_shipped.py reads each",
    r"^plan search_spaces/paper": "the same",
    r"^doctor": "MLflow's records, which sweeps have none of here; tests/doctor",
}
"""Calls that are understood (test_commands.py) and not run, with the reason."""


def left_out(words: list[str]) -> bool:
    call = ours(words)
    return call is None or any(re.search(pattern, " ".join(call)) for pattern in NOT_RUN)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Pages share a folder, so that a sweep that several of them launch is trained once."""
    return Reader(tmp_path_factory.mktemp("reader"))


@pytest.fixture(autouse=True)
def _as_a_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sweeps are where pages say that they are; without Ray, ONNX and MLflow, which take most of the time."""
    monkeypatch.delenv("SAT_SWEEP_HOME")
    monkeypatch.setattr("sat_sweep.export.other_formats.NEEDED", ("no_such_package",))
    monkeypatch.setattr("sat_sweep.commands.exporting.log_model", lambda *given: None)
    monkeypatch.setattr("sat_sweep.sweep.launch.mirror_in_advance", nullcontext)
    monkeypatch.setattr("sat_sweep.sweep.driver.MirrorProcess", Mock())
    monkeypatch.setattr("sat_sweep.api.sweep._start", started_here)
    monkeypatch.setattr("sat_sweep.api.sweep.is_run", lambda sweep: False)  # else this process would be the driver's


def started_here(sweep: object, words: list[str]) -> None:
    """What a launch from Python starts, in this process and to its end."""
    assert CliRunner().invoke(app, [*words, "--serial"]).exit_code == 0


def test_every_block_is_of_a_kind_that_is_checked():
    assert {str(block) for page in PAGES for block in blocks(page) if block.language not in CHECKED} == set()


@pytest.mark.parametrize("page", [page for page in PAGES if page not in FOLLOWED_ELSEWHERE and blocks(page)])
def test_a_page_can_be_followed(page, reader):
    for block in blocks(page):
        reader.follow(block, left_out)


def space_of(block: Block) -> dict[str, object]:
    """The space file that the block is, or that it is a part of."""
    return SPACE | yaml.safe_load(block.text)


@pytest.mark.parametrize("block", every("yaml"), ids=str)
def test_yaml_is_a_space_file_or_a_part_of_one(block, reader):
    for other in blocks(block.page):
        reader.keep(other)  # plug-ins that it may name
    file = reader.folder / "read.yaml"
    file.write_text(yaml.safe_dump(space_of(block)))
    with forgotten():
        assert load_space(file).methods


@pytest.mark.parametrize("block", every("json", "toml"), ids=str)
def test_data_can_be_read(block):
    assert json.loads(block.text) if block.language == "json" else tomllib.loads(block.text)


@pytest.mark.parametrize("block", every("mermaid"), ids=str)
def test_every_arrow_of_a_diagram_has_its_row_in_the_site(block):
    table = without_diagrams(f"```mermaid\n{block.text}```\n").splitlines()
    assert len(table) == 2 + block.text.count("-->")
    assert [row for row in table if "| |" in row.replace(" |  |", " | by |")] == []


@pytest.mark.parametrize("block", every(""), ids=str)
def test_every_room_of_a_tree_is_there(block):
    rooms = re.findall(r"([a-z_]+)/(?=\s)", block.text)
    assert len(rooms) > 10
    assert [room for room in rooms if not (ROOT / "sat_sweep" / room).is_dir() and room != "sat_sweep"] == []


def test_python_that_fails_is_found(reader):
    wrong, = blocks_of('```python\nimport sat_sweep\n\nsat_sweep.lunch("mine.yaml")\n```\n')
    with pytest.raises(AttributeError, match="lunch"):
        reader.follow(wrong, left_out)


def test_a_command_that_fails_is_found(reader):
    wrong, = blocks_of("```bash\nsat-sweep report nothing_of_that_name\n```\n")
    with pytest.raises(AssertionError, match="nothing_of_that_name"):
        reader.follow(wrong, left_out)


def test_yaml_that_is_refused_is_found(reader):
    wrong, = blocks_of("```yaml\nsearch: {trails: 8}\n```\n")
    file = reader.folder / "wrong.yaml"
    file.write_text(yaml.safe_dump(space_of(wrong)))
    with pytest.raises(Exception, match="trails"):
        load_space(file)
