"""What the package and its rooms offer, and that importing the package costs nothing."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import sat_sweep

PACKAGE = Path(sat_sweep.__file__).parent
ROOMS = sorted(".".join(path.parent.relative_to(PACKAGE.parent).parts) for path in PACKAGE.rglob("__init__.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_room_offers_is_there(room):
    module = importlib.import_module(room)
    assert len(set(module.__all__)) == len(module.__all__)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


def test_every_public_name_is_what_its_room_calls_so_and_nothing_else_is_offered():
    offered = {name for names in sat_sweep._ROOMS.values() for name in names.split()}
    assert sorted(offered) == sat_sweep.__all__
    assert sat_sweep.Objective is importlib.import_module("sat_sweep.methods").Objective
    assert sat_sweep.register_method is importlib.import_module("sat_sweep.methods").register
    assert set(sat_sweep.__all__) <= set(dir(sat_sweep))
    with pytest.raises(AttributeError, match="no attribute 'Objectiv'"):
        _ = sat_sweep.Objectiv


def test_type_checkers_see_the_same_names_in_the_same_rooms():
    block, = (node for node in ast.parse(Path(sat_sweep.__file__).read_text()).body
              if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    seen = {(str(line.module), alias.name, alias.asname or alias.name)
            for line in block.body if isinstance(line, ast.ImportFrom) for alias in line.names}
    assert seen == {(f"sat_sweep.{room}", sat_sweep._REGISTER.get(name, name), name)
                    for room, names in sat_sweep._ROOMS.items() for name in names.split()}


def test_importing_the_package_imports_nothing_but_python_s_own():
    python = {*sys.stdlib_module_names, "__main__"}
    loaded = printed("import sys; import sat_sweep; print(*sys.modules)", "-S").split()
    assert [name for name in loaded if name.split(".")[0] not in python] == ["sat_sweep"]


def test_what_a_plugin_inherits_from_takes_no_torch():
    names = "Objective, ModelSpec, DatasetSpec, NoiseSpec, Task, hyperparameter, register_method"
    assert printed(f"import sys; from sat_sweep import {names}; print('torch' in sys.modules)") == "False\n"


def printed(code: str, *options: str) -> str:
    """By `code` in a Python of its own."""
    return subprocess.run([sys.executable, *options, "-c", code], capture_output=True, text=True, check=True).stdout
