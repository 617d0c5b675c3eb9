"""The code blocks of the Markdown files that people read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "CONTRIBUTING.md", "benchmarks/README.md",
         *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r'^```(\w*)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A block as it stands in a page; `title` is the file that it is, if it says so."""

    page: str
    line: int
    language: str
    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: str) -> list[Block]:
    """Those of a page, from top to bottom."""
    return blocks_of((ROOT / page).read_text(), page)


def blocks_of(markdown: str, page: str = "page.md") -> list[Block]:
    """Those of `markdown`."""
    return [Block(page, markdown.count("\n", 0, found.start()) + 1, *found.groups(default=""))
            for found in _BLOCK.finditer(markdown)]


def every(*languages: str) -> list[Block]:
    """The blocks of all pages in one of `languages`."""
    return [block for page in PAGES for block in blocks(page) if block.language in languages]


def lines(block: Block) -> Iterator[list[str]]:
    """The words of each command of a shell block, without comments; a line that goes on in the next is one."""
    for line in block.text.replace("\\\n", " ").splitlines():
        if words := shlex.split(line.rstrip("&"), comments=True):
            yield words


def ours(words: list[str]) -> list[str] | None:
    """What stands behind `sat-sweep` on a line, up to a redirection; None if another program is called."""
    called = words[2:] if words[:2] == ["uv", "run"] else words
    if called[0] != "sat-sweep":
        return None
    return called[1:called.index(">")] if ">" in called else called[1:]
