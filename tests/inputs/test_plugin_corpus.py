"""Plug-ins that raise, exit or run away are a problem of the file that names them."""

from __future__ import annotations

import os

import pytest

from sat_sweep.errors import UserError
from sat_sweep.imports.plugins import load_all
from tests.inputs.asking import Place
from tests.inputs.spaces import with_line

WRONG = {
    "raises": ("1 / 0", "cannot be loaded: ZeroDivisionError"),
    "raises over several lines": (
        "raise ValueError('one\\ntwo\\x1b[31m')", "cannot be loaded: ValueError: one\\ntwo\\x1b[31m"),
    "exits as if all were well": ("raise SystemExit(0)", "cannot be loaded: SystemExit: 0"),
    "exits as if interrupted": ("import sys\nsys.exit(3)", "cannot be loaded: SystemExit: 3"),
    "calls itself": ("def f():\n    f()\nf()", "cannot be loaded: RecursionError"),
    "is out of memory": ("raise MemoryError", "cannot be loaded: MemoryError"),
    "is no Python": ("def (", "cannot be loaded: SyntaxError"),
    "is nested too deeply": ("(" * 500 + ")" * 500, "cannot be loaded: SyntaxError"),
    "has a zero byte": ("a = 1\0", "cannot be loaded: SyntaxError"),
    "is no text": (b"a = '\xe9'", "cannot be loaded: SyntaxError"),
    "imports what is not there": ("import no_such_module", "cannot be loaded: ModuleNotFoundError"),
    "registers what is no method": ("from sat_sweep import register_method\nregister_method(5)", "cannot be loaded: "),
    "registers a name that is taken": (
        "from typing import Literal\nfrom sat_sweep.models import ModelSpec, register\n\n\n"
        "@register\nclass Mine(ModelSpec):\n    name: Literal['mlp'] = 'mlp'\n"
        "    def build(self, shape, classes):\n        return None\n", "is registered twice"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_plugin_that_cannot_be_loaded_is_a_problem_of_its_line(place: Place, case: str) -> None:
    content, words = WRONG[case]
    with place.file(content, "mine.py"), place.file(with_line("plugins: [mine.py]")) as file:
        for command in (["plan"], ["launch", "--yes", "--serial"]):
            said = place.refused(*command, file)
            assert f"plugins.0: '{place.folder / 'mine.py'}' " in said
            assert words in said


def test_ctrl_c_in_a_plugin_is_ctrl_c(place: Place) -> None:
    with place.file("raise KeyboardInterrupt", "mine.py"), place.file(with_line("plugins: [mine.py]")) as file:
        assert place.ask("plan", file).exit_code == 3


def test_what_is_no_file_is_no_plugin(place: Place) -> None:
    os.mkfifo(place.folder / "pipe.py")
    for name in ("pipe.py", ".py", "nowhere.py", "no.such.module", "..", "a b", ""):
        with pytest.raises(UserError):
            load_all([name])


BUILDING = """
from typing import Literal
from sat_sweep.models import ModelSpec, register


@register
class Mine(ModelSpec):
    name: Literal["mine"] = "mine"

    def build(self, shape, classes):
        raise KeyError("out of order")
"""


def test_a_network_that_cannot_be_built_is_told_before_anything_is_made(place: Place) -> None:
    with place.file(BUILDING, "mine.py"), \
            place.file(with_line("plugins: [mine.py]\nmodel: {name: mine}", "model")) as file:
        for command in (["plan"], ["launch", "--yes", "--serial"]):
            assert "model: cannot be built for inputs of shape (1, 8, 8): KeyError: 'out of order'" in \
                place.refused(*command, file)
