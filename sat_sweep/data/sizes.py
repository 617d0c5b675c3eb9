"""How many images a part has, and how many steps an epoch."""

from __future__ import annotations


def carved_out(images: int, fraction: float) -> int:
    """How many of `images` become the test set of a dataset that brings none, a share of `fraction`."""
    return round(fraction * images)


def steps_per_epoch(examples: int, batch_size: int) -> int:
    """How many batches an epoch of `examples` has; a last one of one example is left out, batch norm cannot use it."""
    full, rest = divmod(examples, batch_size)
    return full + (rest > 1 or examples == 1)
