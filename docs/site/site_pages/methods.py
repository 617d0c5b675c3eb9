"""Every objective and every dynamics: what it does, when it helps, its parameters, its paper."""

from __future__ import annotations

import sys
from typing import Any

from sat_sweep.commands.catalogue import described
from sat_sweep.config.words import in_a_file
from sat_sweep.methods import Method, registry
from site_pages.markdown import code, first_sentence, joined, prose, table

INTRODUCTION = """\
# Methods

A method string is an *objective* (how a step is taken) and any number of *dynamics* (what is done to the run):
`sat+reset`. Every parameter below may stand in `search.space`, as a range or as a fixed value, under its full name
(`sat.momentum`). `sat-sweep methods NAME` shows the same, with the cost of a step measured on your machine. What all of
them did on one problem: [results](../results.md). A method of your own: [plug-ins](../guides/plug-ins.md)."""
KINDS = {"objective": "Objectives", "dynamics": "Dynamics"}


def page() -> str:
    """The page."""
    parts = [part for kind, title in KINDS.items() for part in _of_kind(kind, title)]
    return joined(INTRODUCTION, *parts)


def _of_kind(kind: str, title: str) -> list[str]:
    known = [registry[name] for name in registry if described(registry[name])["kind"] == kind]
    overview = table(["name", "in short", "needs", "paper"], (
        [f"[{cls.name}](#{cls.name})", first_sentence(_text(cls)).split(": ")[0], ", ".join(described(cls)["needs"]),
         cls.paper] for cls in known))
    return [f"## {title}", overview, *(part for cls in known for part in _section(described(cls), cls))]


def _section(about: dict[str, Any], cls: type[Method]) -> list[str]:
    needs = f"Needs: {', '.join(about['needs'])}." if about["needs"] else ""
    advice = f"**Before choosing it.** {prose(cls)}"
    return [f"### {cls.name} {{ #{cls.name} }}", _text(cls), advice, f"Paper: {about['paper']}. {needs}",
            _parameters(about)]


def _text(cls: type[Method]) -> str:
    """What its module says: formula and decisions."""
    return prose(sys.modules[cls.__module__])


def _parameters(about: dict[str, Any]) -> str:
    return table(["parameter", "what it is", "default", "valid", "searched"], (
        [code(f"{about['name']}.{each['name']}"), each["meaning"], in_a_file(each["default"]), each["valid"],
         each["search"] or ""] for each in about["parameters"]))
