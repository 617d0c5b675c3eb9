"""Every augmentation."""

from __future__ import annotations

from sat_sweep.data import augmentations
from site_pages.markdown import joined, prose

INTRODUCTION = """\
# Augmentations

What is done at random to the images of a batch: `training: {augmentation: crop+flip}`, names joined by `+`. `auto` is
what suits the dataset, `none` leaves images as they are. Validation and test images are never touched. Draws come from
a stream of their own, so that methods see the same ones. A new augmentation: [plug-ins](../guides/plug-ins.md).

## crop

Pads by 4 pixels of black, and takes a window of the image's size at random. Comes first, together with `flip`.

## flip

Mirrors left to right, every other image."""


def page() -> str:
    """The page."""
    return joined(INTRODUCTION, *(f"## {name}\n\n{prose(augmentations[name])}"
                                  for name in augmentations))
