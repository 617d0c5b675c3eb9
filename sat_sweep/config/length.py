"""How long the trials of a space file are, which what is relative to epochs and steps depends on."""

from __future__ import annotations

from sat_sweep.config.space import SpaceFile
from sat_sweep.data import DatasetSpec, held_out_count, steps_per_epoch
from sat_sweep.methods import parse
from sat_sweep.methods.parameters import Length
from sat_sweep.training.spec import TrainingSpec

ONE_STEP = 1
"""Steps of an epoch where nobody knows: what is meant per step then shows what it is per epoch."""


def training_length(training: TrainingSpec, dataset: DatasetSpec, images: int | None) -> Length:
    """The length of a search trial on `images` images, of which some are held out; None: nobody knows how many.

    Confirmation counts as search does, also where it trains on validation images: it has the winner's settings. So do
    methods that give up some images as trusted ones: a study's ranges do not depend on the method.
    Raises UserError if training or validation would be left without images.
    """
    if images is None:
        return Length(training.epochs, ONE_STEP)
    held_out = held_out_count(images, dataset.validation_fraction, "train")
    return Length(training.epochs, steps_per_epoch(images - held_out, training.batch_size))


def depends_on_steps(space: SpaceFile) -> bool:
    """Whether any method of `space` has settings relative to the number of steps."""
    return any(part.Parameters.relative_to_steps() for method in space.methods for part in parse(method))
