"""Sections about things that are registered: a docstring and options each, and first the options that all have."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from site_pages.markdown import joined, prose
from site_pages.options import definition, options


def shared(title: str, base: type[BaseModel], all_of_them: Iterable[type[BaseModel]]) -> str:
    """Under `title` the options that `all_of_them` have from `base`; nothing if there are none."""
    known = definition(next(iter(all_of_them)).__name__)["properties"]
    listed = options({"properties": {name: about for name, about in known.items() if name in base.model_fields}})
    return joined(f"## {title}", listed) if listed else ""


def section(name: str, cls: type[BaseModel], *, after: str = "", base: type[BaseModel] = BaseModel) -> str:
    """About `cls`, which is called `name` in a file; `after` follows what it says of itself.

    Options that all have from `base` are left out, but for the name where it may say more than the name.
    """
    return joined(f"## {name} {{ #{name} }}", prose(cls), after,
                  options(definition(cls.__name__), without=set(base.model_fields) - {"name"}))
