"""Mermaid diagrams as tables of their arrows: the script that would draw them comes from elsewhere."""

from __future__ import annotations

import re

from site_pages.markdown import table

_DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ARROW = re.compile(r"^\s*(\w+)\S*?(?:\[[^]]*\]\)?|\(\([^)]*\)\))?\s*-->(?:\|([^|]*)\|)?\s*(\w+)")
_NAMED = re.compile(r"(\w+)\[\(?([^])]*)\)?\]")


def without_diagrams(markdown: str) -> str:
    """`markdown` with a table in the place of each flowchart: from, to, by what."""
    return _DIAGRAM.sub(lambda diagram: _arrows(diagram[1]), markdown)


def _arrows(flowchart: str) -> str:
    names = dict(_NAMED.findall(flowchart))
    arrows = [arrow for line in flowchart.splitlines() if (arrow := _ARROW.match(line))]
    return table(["from", "to", "by"],
                 ([names.get(arrow[1], arrow[1]), names.get(arrow[3], arrow[3]), arrow[2] or ""] for arrow in arrows))
