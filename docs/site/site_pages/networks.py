"""Every network with its options."""

from __future__ import annotations

from sat_sweep.models import ModelSpec, models
from site_pages.markdown import joined
from site_pages.registered import section, shared

INTRODUCTION = """\
# Networks

The `model:` block of a space file. Any option can be searched (`search.space: {model.width: …}`) or be an axis of the
comparison (`vary: {model.width: [1, 2, 4]}`). A network of your own: [plug-ins](../guides/plug-ins.md)."""


def page() -> str:
    """The page."""
    common = shared("Options of all networks", ModelSpec, map(models.__getitem__, models))
    return joined(INTRODUCTION, common, *(
        section(name, models[name], after=_inputs(name), base=ModelSpec) for name in models))


def _inputs(name: str) -> str:
    return "For images." if models[name].images_only else "For images and features."
