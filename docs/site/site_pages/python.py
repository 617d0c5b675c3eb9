"""The names of `sat_sweep`, a page for each room that they come from; mkdocstrings fills in what is said about them."""

from __future__ import annotations

import importlib
import inspect

import sat_sweep
from site_pages.markdown import first_sentence, joined, table

INTRODUCTION = """\
# Python

`import sat_sweep` offers what a notebook needs and what a plug-in inherits from and registers with; everything else may
change without notice. A first example: [from Python](../../index.md#from-python)."""


TITLES = {"api": "Sweeps", "config": "Space files and plans", "training": "Training", "methods": "Methods",
          "tasks": "Tasks", "data": "Data and noise", "models": "Networks", "report": "Reports",
          "home": "Homes and results", "errors": "Errors"}
"""What the pages of the rooms are called, in the order of the overview."""


def pages() -> dict[str, str]:
    """The overview and a page for each room."""
    rooms = names_by_room()
    overview = joined(INTRODUCTION, *(_overview(room, names) for room, names in rooms.items()))
    return {"reference/python/index.md": overview} | {
        f"reference/python/{room}.md": _page(room, names) for room, names in rooms.items()}


def names_by_room() -> dict[str, list[str]]:
    """The public names in the order of the alphabet, by the room that offers them."""
    rooms: dict[str, list[str]] = {}
    for module, names in sat_sweep._ROOMS.items():
        rooms.setdefault(module.split(".")[0], []).extend(names.split())
    return {room: sorted(rooms[room]) for room in TITLES}


def _overview(room: str, names: list[str]) -> str:
    return joined(f"## [{TITLES[room]}]({room}.md)", table(["name", "is"], (
        [f"[{name}][sat_sweep.{name}]", first_sentence(getattr(sat_sweep, name).__doc__ or "")] for name in names)))


def _page(room: str, names: list[str]) -> str:
    said = inspect.cleandoc(importlib.import_module(f"sat_sweep.{room}").__doc__ or "").split("\n\n")[0]
    return joined(f"# {TITLES[room]}", said, *map(_filled_in, names))


def _filled_in(name: str) -> str:
    """The place of a name, to be filled in; with what it inherits from classes of ours that have no such place."""
    inherited = "".join(f"\n        - {member}" for member in inherited_members(name))
    options = f"\n    options:\n      heading_level: 2\n      inherited_members:{inherited or ' false'}"
    return f"::: sat_sweep.{name}{options}"


def inherited_members(name: str) -> list[str]:
    """The public members that the class `name` has from bases that are not public, as far as no public one has them."""
    thing = getattr(sat_sweep, name)
    public = [getattr(sat_sweep, each) for each in sat_sweep.__all__]
    bases = [base for base in getattr(thing, "__mro__", ())[1:] if base.__module__.startswith("sat_sweep.")]
    if any(base in public for base in bases):
        return []
    return sorted({member for base in bases for member in vars(base) if not member.startswith("_")})
