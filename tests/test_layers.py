"""Who may import whom: down only, and each foreign service in one room."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "sat_sweep"
MODULES = sorted(PACKAGE.rglob("*.py"))

LAYERS = [
    {"cli", "commands", "__main__"},
    {"sweep"},
    {"report"},
    {"execution"},
    {"search"},
    {"tracking"},
    {"config"},
    {"training"},
    {"methods"},
    {"tasks"},
    {"models"},
    {"data"},
    {"home", "imports"},
    {"settings"},
    {"registry"},
    {"errors", "seeds", "__init__"},
]
"""From the top down; a room imports from its own layer and from those below."""

ONLY_ROOM = {"ray": "execution", "optuna": "search", "mlflow": "tracking"}
WITHOUT_SERVICE = {"training", "tasks", "methods", "models", "data"}
HEAVY = {"torch", "torchvision", "ray", "optuna", "mlflow", "scipy", "matplotlib", "pyarrow", "sklearn", "pydantic"}
LOADS = {
    "sat_sweep.cli": set(),
    "sat_sweep.commands.monitoring": set(),
    "sat_sweep.commands.results": set(),
    "sat_sweep.report": set(),
    "sat_sweep.tracking": set(),
    "sat_sweep.tracking.mirror_client": set(),
    "sat_sweep.config": {"pydantic"},
    "sat_sweep.commands.planning": {"pydantic"},
    "sat_sweep.commands.trial": {"pydantic"},
    "sat_sweep.sweep": set(),
    "sat_sweep.sweep.launchers": set(),
    "sat_sweep.sweep.launch": {"pydantic"},
    "sat_sweep.execution": set(),
    "sat_sweep.execution.ray_tune.backend": set(),
    "sat_sweep.execution.serial": {"pydantic", "optuna"},
    "sat_sweep.execution.ray_tune.trainable": {"torch", "pydantic", "ray"},
}
"""What of the heavy comes with a module, before any of its functions is called."""


def room(path: Path) -> str:
    """The first folder or file below the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def level(name: str) -> int:
    return next(number for number, rooms in enumerate(LAYERS) if name in rooms)


def imported(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """The full names of the modules, and of what is taken from them."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def everywhere(path: Path) -> list[str]:
    return list(imported(ast.walk(ast.parse(path.read_text()))))


def on_import(path: Path) -> list[str]:
    """What is imported as soon as the module is: not in functions, not for type checking alone."""
    def walk(node: ast.AST) -> Iterator[ast.AST]:
        yield node
        typing_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if not typing_only and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for child in ast.iter_child_nodes(node):
                yield from walk(child)

    return list(imported(walk(ast.parse(path.read_text()))))


def rooms_of(names: list[str]) -> set[str]:
    """The rooms that `names` lie in; what the package itself holds, such as its version, is in `__init__`."""
    parts = [name.split(".") for name in names if name.split(".")[0] == "sat_sweep"]
    return {part[1] if any(part[1] in rooms for rooms in LAYERS) else "__init__" for part in parts if len(part) > 1}


def test_every_room_has_its_place():
    assert {room(path) for path in MODULES} - {"__pycache__"} == set().union(*LAYERS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path):
    own = level(room(path))
    assert {name for name in rooms_of(everywhere(path)) if level(name) < own} == set()


@pytest.mark.parametrize("package", ONLY_ROOM)
def test_each_service_has_one_room(package):
    importing = {room(path) for path in MODULES if any(name.split(".")[0] == package for name in everywhere(path))}
    assert importing == {ONLY_ROOM[package]}


def test_ray_is_in_one_backend_alone():
    importing = {path.relative_to(PACKAGE).parts[1] for path in MODULES
                 if room(path) == "execution" and any(name.split(".")[0] == "ray" for name in everywhere(path))}
    assert importing == {"ray_tune"}


@pytest.mark.parametrize("name", sorted(WITHOUT_SERVICE))
def test_what_trains_knows_no_service(name):
    reached = {target for path in MODULES if room(path) == name for target in rooms_of(everywhere(path))}
    assert reached & {*ONLY_ROOM.values(), "report", "sweep", "config"} == set()


@pytest.mark.parametrize("name", LOADS)
def test_what_is_heavy_is_imported_late(name):
    names = {target for path in loaded_with(name) for target in on_import(path)}
    assert {target.split(".")[0] for target in names} & HEAVY <= LOADS[name]


def loaded_with(name: str) -> set[Path]:
    """The files of this package that are run when the module `name` is imported."""
    found: set[Path] = set()
    waiting = [name]
    while waiting:
        parts = waiting.pop().split(".")
        if parts[0] != "sat_sweep":
            continue
        paths = {path for end in range(1, len(parts) + 1) for path in _files_of(parts[1:end])} - found
        found |= paths
        waiting += [target for path in paths for target in on_import(path)]
    return found


def _files_of(parts: list[str]) -> list[Path]:
    place = PACKAGE.joinpath(*parts)
    return [path for path in (place / "__init__.py", place.with_suffix(".py")) if path.exists()]


def test_the_walk_over_imports_finds_what_it_should():
    names = {str(path.relative_to(PACKAGE)) for path in loaded_with("sat_sweep.commands.trial")}
    assert {"__init__.py", "commands/__init__.py", "commands/trial.py", "training/loop.py", "settings.py"} <= names
    assert "torch" in {target.split(".")[0] for target in on_import(PACKAGE / "models" / "_resnet.py")}
    assert "config/loader.py" not in names
