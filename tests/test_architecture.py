"""Who may import whom: down only, and each foreign service in one room."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "sat_sweep"
MODULES = sorted(PACKAGE.rglob("*.py"))

DOCUMENT = (PACKAGE.parent / "docs" / "architecture.md").read_text()
ROOMS = re.findall(r"^\| `(\w+)` \|", DOCUMENT.partition("## The rooms")[2].partition("## Words")[0], re.MULTILINE)
"""From the top down, as the document has them; a room imports from those below it."""
BENEATH_ALL = {"__init__", "__main__"}
"""The package's own file holds its version and hands out names when asked, the other starts the command line."""
LOOSE = 4

ONLY_ROOM = {"ray": "execution", "optuna": "search", "optuna_dashboard": "search", "mlflow": "tracking",
             "apprise": "sweep"}
WITHOUT_SERVICE = {"training", "tasks", "methods", "models", "data"}
HEAVY = {"torch", "torchvision", "ray", "optuna", "mlflow", "scipy", "matplotlib", "pyarrow", "sklearn", "pydantic"}
LOADS = {
    "sat_sweep": set(),
    "sat_sweep.cli": set(),
    "sat_sweep.commands.monitoring": set(),
    "sat_sweep.commands.results": set(),
    "sat_sweep.commands.serving": set(),
    "sat_sweep.service": set(),
    "sat_sweep.service.supervisor": set(),
    "sat_sweep.search.dashboard": {"optuna"},
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
    """Its place in the document, the greatest at the bottom."""
    return {"__main__": -1, "__init__": len(ROOMS)}.get(name, ROOMS.index(name) if name in ROOMS else -1)


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
    return {part[1] if part[1] in ROOMS else "__init__" for part in parts if len(part) > 1}


def test_every_room_is_in_the_document_and_every_row_is_a_room():
    assert {room(path) for path in MODULES} - BENEATH_ALL == set(ROOMS)
    assert len(ROOMS) == len(set(ROOMS))


def test_few_modules_have_no_room():
    loose = {path.stem for path in PACKAGE.glob("*.py")} - BENEATH_ALL
    assert len(loose) <= LOOSE


def test_every_file_that_the_document_names_exists():
    named = set(re.findall(r"`((?:\w+/)+\w+\.py)`", DOCUMENT))
    roots = (PACKAGE.parent, PACKAGE, PACKAGE / "training")
    assert len(named) > 20
    assert {name for name in named if not any((root / name).exists() for root in roots)} == set()


def test_every_place_on_the_walk_of_a_trial_exists():
    walk = DOCUMENT.partition("```mermaid")[2].partition("```")[0]
    named = set(re.findall(r"\b((?:\w+\.)+\w+)\b", walk))
    assert len(named) > 6
    paths = [name.replace(".", "/") + ".py" for name in named]
    assert {p for p in paths if not any((root / p).exists() for root in (PACKAGE, PACKAGE / "training"))} == set()


def test_no_module_imports_a_private_name_of_another_room():
    def private(name: str) -> bool:
        return any(part.startswith("_") and not part.startswith("__") for part in name.split(".")[1:])

    found = {(str(path.relative_to(PACKAGE)), name) for path in MODULES for name in everywhere(path)
             if name.startswith("sat_sweep.") and private(name) and name.split(".")[1] != room(path)}
    assert found == set()


METHOD_FILES = [path for path in sorted((PACKAGE / "methods").glob("*.py")) if "\n@register\n" in path.read_text()]
METHODS = {path.stem for path in METHOD_FILES}


@pytest.mark.parametrize("path", METHOD_FILES, ids=lambda path: path.stem)
def test_a_method_is_one_file_that_needs_no_other_methods(path):
    """Variants of SAT take what its base class brings; everybody else takes from files that are no methods."""
    others = {name.split(".")[2] for name in everywhere(path) if name.startswith("sat_sweep.methods.")} & METHODS
    assert others - {path.stem} <= ({"sat"} if "sat" in path.stem.split("_") else set())
    assert len(path.read_text().splitlines()) <= 150


def test_no_room_knows_a_method_by_its_name():
    """But for the base of them all, and those beside which others are tried: what is particular, its class says."""
    named = {(path.name, node.value) for path in MODULES if room(path) not in ("methods", "commands", "conformance")
             for node in ast.walk(ast.parse(path.read_text()))
             if isinstance(node, ast.Constant) and node.value in METHODS - {"ce"}}
    assert named == set()


def test_no_imports_go_in_circles():
    """Not even inside functions; what is imported for type checking alone does not count."""
    modules = {name_of(path): path for path in MODULES}
    graph = {name: {target for target in needed(path) if target in modules and target != name}
             for name, path in modules.items()}
    assert list(circles(graph)) == []


def name_of(path: Path) -> str:
    """As it is imported."""
    return ".".join(("sat_sweep", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


def needed(path: Path) -> set[str]:
    """The modules of this package that a file imports somewhere, sooner or later."""
    names = imported(nodes_that_run(ast.parse(path.read_text())))
    return {name for full in names for name in (full, full.rpartition(".")[0])
            if _files_of(name.split(".")[1:]) and (name == full or not _files_of(full.split(".")[1:]))}


def nodes_that_run(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
        for child in ast.iter_child_nodes(node):
            yield from nodes_that_run(child)


def circles(graph: dict[str, set[str]]) -> Iterator[set[str]]:
    """What is left when whoever needs nobody that is left is taken away, again and again, is in or above a circle."""
    left = dict(graph)
    while leaves := [name for name, targets in left.items() if not targets & left.keys()]:
        for name in leaves:
            del left[name]
    if left:
        yield set(left)


@pytest.mark.parametrize("path", sorted({*MODULES} - {PACKAGE / "__init__.py"}),
                         ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path):
    own = level(room(path))
    assert {name for name in rooms_of(everywhere(path)) if level(name) < own} == set()


def test_no_room_imports_through_the_package():
    """Its public names are for those outside; inside they would hide who imports whom."""
    names = {name for path in MODULES for name in everywhere(path) if name.startswith("sat_sweep.")}
    assert {name for name in names if name.split(".")[1] not in ROOMS} == {"sat_sweep.__version__"}


@pytest.mark.parametrize("package", ONLY_ROOM)
def test_each_service_has_one_room(package):
    importing = {room(path) for path in MODULES if any(name.split(".")[0] == package for name in everywhere(path))}
    assert importing == {ONLY_ROOM[package]}


def test_ray_is_in_one_backend_and_the_jobs_alone():
    importing = {path.relative_to(PACKAGE).parts[1] for path in MODULES
                 if room(path) == "execution" and any(name.split(".")[0] == "ray" for name in everywhere(path))}
    assert importing == {"ray_jobs", "ray_tune"}


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
