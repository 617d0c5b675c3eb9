"""What sweeps do to start and end sooner, each of which can be left out to see what it saves.

A trick is left out by a module that Python runs at its start, in the driver, in Ray's workers and in the mirror alike:
it changes a module of sat-sweep as soon as that has been imported. So nothing of sat-sweep knows of it.
"""

from __future__ import annotations

from pathlib import Path

INTERNALS, SESSION = "sat_sweep.execution.ray_tune.ray_internals", "sat_sweep.execution.ray_tune.session"
TRICKS = {
    "fewer processes of Ray": (INTERNALS, "module.fewer_processes = nothing"),
    "node seen at once": (INTERNALS, "module.node_seen_at_once = nothing"),
    "workers taken as they are": (INTERNALS, "module.workers_as_they_are = nothing"),
    "idle workers kept": (INTERNALS, "module.keep_workers = lambda *_: None"),
    "workers import in advance": (SESSION, "module.WARM = {}"),
    "no collection in imports": ("sat_sweep.imports.collector", "module.no_collection = nothing"),
    "MLflow imported in advance": ("sat_sweep.tracking.mirror_client", "module.mirror_in_advance = nothing"),
    "end without taking apart": ("sat_sweep.commands.ending", "module.leave = sys.exit"),
}
"""The module that does it, and how to leave it out."""

CUSTOMIZATION = """\
import importlib.abc, importlib.util, sys
from contextlib import nullcontext

NAME, CHANGE = {name!r}, {change!r}


def nothing(*_):
    return nullcontext()


def change(module):
    exec(CHANGE, {{"module": module, "sys": sys, "nothing": nothing}})


class Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != NAME:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def changed(module):
            load(module)
            change(module)

        spec.loader.exec_module = changed
        return spec


if NAME in sys.modules:
    change(sys.modules[NAME])
else:
    sys.meta_path.insert(0, Watch())
"""


def without(trick: str | None, folder: Path) -> dict[str, str]:
    """The environment in which `trick` is left out; with None, one that is as slow to start and leaves out nothing."""
    name, change = TRICKS[trick] if trick is not None else ("", "")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(CUSTOMIZATION.format(name=name, change=change))
    return {"PYTHONPATH": str(folder)}
