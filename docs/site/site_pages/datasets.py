"""Every dataset with its options."""

from __future__ import annotations

from sat_sweep.data import DatasetSpec, datasets
from site_pages.markdown import joined
from site_pages.options import definition, options
from site_pages.registered import section

INTRODUCTION = """\
# Datasets

The `dataset:` block of a space file. Data of your own: [the guide](../guides/own-data.md). A new kind of dataset:
[plug-ins](../guides/plug-ins.md).

## Options of all datasets"""


def page() -> str:
    """The page."""
    common, digits = set(DatasetSpec.model_fields), definition("Digits")["properties"]
    shared = {name: about for name, about in digits.items() if name in common}
    return joined(INTRODUCTION, options({"properties": shared}),
                  *(section(name, datasets[name], without=common) for name in datasets))
