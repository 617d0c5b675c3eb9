"""Every dataset with its options."""

from __future__ import annotations

from sat_sweep.data import DatasetSpec, datasets
from sat_sweep.data.imbalance import Imbalance
from site_pages.markdown import joined, prose
from site_pages.options import definition, options
from site_pages.registered import section, shared

INTRODUCTION = """\
# Datasets

The `dataset:` block of a space file. Data of your own: [the guide](../guides/own-data.md). A new kind of dataset:
[plug-ins](../guides/plug-ins.md).
"""


def page() -> str:
    """The page."""
    common = shared("Options of all datasets", DatasetSpec, map(datasets.__getitem__, datasets))
    rare = joined("### imbalance", prose(Imbalance), options(definition("Imbalance")))
    return joined(INTRODUCTION, common, rare,
                  *(section(name, datasets[name], base=DatasetSpec) for name in datasets))
