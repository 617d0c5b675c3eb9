"""A section about one thing that is registered: its docstring and its options."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import BaseModel

from site_pages.markdown import joined, prose
from site_pages.options import definition, options


def section(name: str, cls: type[BaseModel], *, after: str = "", without: Collection[str] = ()) -> str:
    """About `cls`, which is called `name` in a file; `after` follows what it says of itself."""
    return joined(f"## {name} {{ #{name} }}", prose(cls), after,
                  options(definition(cls.__name__), without))
