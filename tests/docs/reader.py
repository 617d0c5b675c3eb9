"""Somebody who follows a page line by line, in a folder with data like those that the page is about."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image
from sklearn.datasets import load_digits, load_iris
from typer.testing import CliRunner

from sat_sweep.cli import app
from sat_sweep.registry import Registry

from .blocks import ROOT, Block, lines, ours

STARTS = ("launch", "resume", "extend")
BLOCK = "a_block_of_a_page"


class Reader:
    """Runs the blocks of pages in `folder`; sweeps are so small there that each takes a second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("photos", "images"):
            _pictures(folder / name, by_class=True)
        _pictures(folder / "scans", by_class=False)
        _table(folder / "flowers.csv")
        (folder / "examples").symlink_to(ROOT / "examples")
        (folder / "search_spaces").mkdir()
        for space in (ROOT / "search_spaces").glob("*.yaml"):
            self.write(f"search_spaces/{space.name}", shrunk(space.read_text()))

    def write(self, name: str, text: str) -> None:
        """A file in the folder."""
        (self.folder / name).write_text(text)

    def keep(self, block: Block) -> None:
        """Write the block to the file that it is: by its title, or of a whole space file by its name."""
        space = (yaml.safe_load(block.text) or {}) if block.language == "yaml" else {}
        if "name" in space:
            self.write(block.title or f"{space['name']}.yaml", shrunk(block.text))
        elif block.title:
            self.write(block.title, block.text)

    def type(self, words: list[str]) -> str:
        """What a command of ours prints; raises AssertionError with all of it if it fails."""
        call = ours(words)
        assert call is not None
        options = ["--serial", "--yes"] if call[0] in STARTS else []
        with chdir(self.folder), forgotten():
            done = CliRunner().invoke(app, [*call, *(each for each in options if _takes(call, each))])
        assert done.exit_code == 0, f"{' '.join(words)}\n{done.output}"
        if ">" in words:
            self.write(words[words.index(">") + 1], done.stdout)
        return done.stdout

    def run(self, block: Block) -> str:
        """What the Python of a block prints; `images` are some that its reader has."""
        source = compile(block.text, str(block), "exec")
        with chdir(self.folder), forgotten(), redirect_stdout(StringIO()) as printed:
            exec(source, {"__name__": BLOCK, "images": np.zeros((2, 1, 64, 64), np.uint8)})
        return printed.getvalue()

    def follow(self, block: Block, left_out: Any) -> None:
        """Whatever a block asks for, without the lines that are `left_out`."""
        if block.language == "bash":
            for words in lines(block):
                if not left_out(words):
                    self.type(words)
        elif block.language == "python" and not block.title:
            self.run(block)
        else:
            self.keep(block)


def shrunk(text: str) -> str:
    """A space file that is trained in a second: two methods, the last noise level, little of everything else."""
    space = yaml.safe_load(text)
    if space["dataset"]["name"] == "digits":
        space["dataset"]["subset"] = 200
    if "rates" in space["noise"]:
        space["noise"]["rates"] = space["noise"]["rates"][-1:]
    return yaml.safe_dump({**space, "methods": space["methods"][:2], "training": {"epochs": 2}, "resources": {},
                           "search": {"trials": 1, "pruner": "none"}, "confirm": {"seeds": 2}}, sort_keys=False)


def _takes(call: list[str], option: str) -> bool:
    from .test_commands import COMMANDS

    return option not in call and any(option in each.opts for each in COMMANDS[call[0]].params)


@contextmanager
def forgotten() -> Iterator[None]:
    """A command or script is a process of its own for whoever types it: plug-ins of one are not those of the next."""
    before = set(sys.modules)
    try:
        yield
    finally:
        loaded = [name for name in set(sys.modules) - before if hasattr(sys.modules[name], "__plugin_code__")]
        for name in (*loaded, BLOCK):
            sys.modules.pop(name, None)
            for registry in Registry.everywhere:
                registry.forget(name)


def _pictures(folder: Path, *, by_class: bool) -> None:
    digits = load_digits(n_class=3)
    for number, (image, label) in enumerate(zip(digits.images[:90], digits.target[:90], strict=True)):
        given = (label + (number % 9 == 0)) % 3
        file = folder / (f"class{given}/{number:03}.png" if by_class else f"{number:03}.png")
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((image * 15.9).astype(np.uint8)).save(file)


def _table(file: Path) -> None:
    iris = load_iris()
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["sepal_length", "sepal_width", "petal_length", "petal_width", "species"])
        writer.writerows([*row, iris.target_names[label]] for row, label in zip(iris.data, iris.target, strict=True))
