"""Augmentations: one file each, a function on a batch that registers itself."""

from sat_sweep.data.augmentations._base import (
    MOVES,
    AnyAugmentation,
    augment,
    augmentations,
    register,
    registered_parts,
)

__all__ = ["MOVES", "AnyAugmentation", "augment", "augmentations", "register", "registered_parts"]
