"""The space file: every block with every option."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from site_pages.markdown import joined
from site_pages.options import blocks_in, definition, options, schema

ELSEWHERE = {"dataset": "datasets", "noise": "noise", "model": "networks", "task": "tasks"}
"""Blocks with a page of their own."""
INTRODUCTION = """\
# The space file

A sweep is one YAML file. [The README](../index.md#the-space-file) has one with comments; this page has every option,
made from the schema that `sat-sweep schema` prints and editors complete with. An option that is absent takes its
default. Every mistake is told at once, with its line: `sat-sweep plan FILE` starts nothing."""


def page() -> str:
    """The page."""
    links = [f"[{name}]({place}.md)" for name, place in ELSEWHERE.items()]
    return joined(INTRODUCTION, options(schema()),
                  f"Blocks with a page of their own: {', '.join(links)}. The others:", *sections())


def sections() -> Iterator[str]:
    """A section for each block, and below it one for each block that may stand in it."""
    for name, about in schema()["properties"].items():
        if name not in ELSEWHERE:
            yield from _sections(name, about, "##")


def _sections(path: str, about: dict[str, Any], level: str) -> Iterator[str]:
    several = list(dict.fromkeys(blocks_in(about)))
    for block in map(definition, several):
        yield f"{level} {_title(path, block, len(several) > 1)}\n\n{block['description']}\n\n{options(block)}"
        for name, inner in block["properties"].items():
            yield from _sections(f"{path}.{name}", inner, "###")


def _title(path: str, block: dict[str, Any], one_of_several: bool) -> str:
    """`search`, `training.optimizer: adam`; alternatives without a name are told apart by their class."""
    if not one_of_several:
        return path
    name = next((each["const"] for each in block["properties"].values() if "const" in each), block["title"].lower())
    return f"{path}: {name}"
