"""How many images and steps there are, told without decoding an image."""

from __future__ import annotations

from sat_sweep.data.dataset import DatasetSpec


def training_images(spec: DatasetSpec) -> int:
    """The images that training and validation come from: after a test set is carved out and a subset is taken.

    Raises DataUnavailable where the files that would tell are missing.
    """
    if spec.subset is not None:
        return spec.subset
    images, test = spec.counts()
    return images if test is not None else images - carved_out(images, spec.test_fraction)


def carved_out(images: int, fraction: float) -> int:
    """How many of `images` become the test set of a dataset that brings none, a share of `fraction`."""
    return round(fraction * images)


def steps_per_epoch(examples: int, batch_size: int) -> int:
    """How many batches an epoch of `examples` has; a last one of one example is left out, batch norm cannot use it."""
    full, rest = divmod(examples, batch_size)
    return full + (rest > 1 or examples == 1)
