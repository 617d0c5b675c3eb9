"""Datasets, noise, splits and augmentation: all of it tensors, no worker processes, nothing per image."""

from sat_sweep.data.augmentations import AnyAugmentation, augment, augmentations, registered_parts
from sat_sweep.data.augmentations import register as register_augmentation
from sat_sweep.data.dataset import AnyDataset, Counts, Dataset, DatasetSpec, Source, datasets
from sat_sweep.data.dataset import register as register_dataset
from sat_sweep.data.loading import DataCache, load, training_images
from sat_sweep.data.noise import (
    AnyNoise,
    ClassConditional,
    Corrupted,
    NoiseLevel,
    NoiseSpec,
    corrupt_labels,
    noises,
    transition_matrix,
)
from sat_sweep.data.noise import register as register_noise
from sat_sweep.data.sizes import steps_per_epoch
from sat_sweep.data.statistics import normalise
from sat_sweep.data.trial_data import (
    Part,
    TrialData,
    UnlabelledPart,
    build_trial_data,
    held_out_count,
    labelled_problem,
    part_sizes,
)

__all__ = [
    "AnyAugmentation",
    "AnyDataset",
    "AnyNoise",
    "ClassConditional",
    "Corrupted",
    "Counts",
    "DataCache",
    "Dataset",
    "DatasetSpec",
    "NoiseLevel",
    "NoiseSpec",
    "Part",
    "Source",
    "TrialData",
    "UnlabelledPart",
    "augment",
    "augmentations",
    "build_trial_data",
    "corrupt_labels",
    "datasets",
    "held_out_count",
    "labelled_problem",
    "load",
    "noises",
    "normalise",
    "part_sizes",
    "register_augmentation",
    "register_dataset",
    "register_noise",
    "registered_parts",
    "steps_per_epoch",
    "training_images",
    "transition_matrix",
]
