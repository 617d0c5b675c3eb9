"""Markdown, as the generated pages write it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence

_OUTSIDE = re.compile(r"<(?=[^`]*(?:`[^`]*`[^`]*)*$)")
"""A sign that an even number of backticks follows."""


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of `rows`; a line break or a bar inside a cell does not end it. Without rows nothing."""
    body = [_row(row) for row in rows]
    return "\n".join([_row(columns), _row(["---"] * len(columns)), *body]) if body else ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(' '.join(cell.split()).replace('|', chr(92) + '|') for cell in cells)} |"


def code(text: object) -> str:
    """`text` as code; nothing stays nothing."""
    return f"`{text}`" if str(text) else ""


def prose(thing: object) -> str:
    """The docstring of `thing` as Markdown: what is indented or in backticks is code, `<` elsewhere only a sign."""
    lines = inspect.cleandoc(getattr(thing, "__doc__", None) or "").splitlines()
    return "\n".join(line if line.startswith("    ") else _OUTSIDE.sub("&lt;", line) for line in lines)


def first_sentence(text: str) -> str:
    """Up to the first full stop, without it."""
    return " ".join(text.strip().split("\n\n")[0].split()).split(". ")[0].rstrip(".")


def joined(*parts: str) -> str:
    """Paragraphs, headings and tables below each other; empty ones are left out."""
    return "\n\n".join(part for part in parts if part) + "\n"
