"""Every dataset with its options."""

from __future__ import annotations

from sat_sweep.data import DatasetSpec, datasets
from site_pages.markdown import joined
from site_pages.registered import section, shared

INTRODUCTION = """\
# Datasets

The `dataset:` block of a space file. Data of your own: [the guide](../guides/own-data.md). A new kind of dataset:
[plug-ins](../guides/plug-ins.md).
"""


def page() -> str:
    """The page."""
    common = shared("Options of all datasets", DatasetSpec, map(datasets.__getitem__, datasets))
    return joined(INTRODUCTION, common,
                  *(section(name, datasets[name], base=DatasetSpec) for name in datasets))
