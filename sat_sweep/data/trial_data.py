"""What a trial trains on: a dataset after noise and split."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from sat_sweep.data.dataset import Dataset
from sat_sweep.data.noise import Corrupted, NoiseLevel, apply_noise
from sat_sweep.data.splits import stratified_split
from sat_sweep.data.statistics import moments
from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.seeds import derive


@dataclass(frozen=True)
class Part:
    """Examples of one purpose, on the CPU, to be read only."""

    inputs: torch.Tensor
    """Raw: (N, C, H, W) uint8 or float32 in [0, 1], or (N, F) float32; `normalise` prepares them."""
    labels: torch.Tensor
    """(N,) int64 as given, maybe wrong."""
    true_labels: torch.Tensor | None
    """(N,) int64; None: unknown."""
    positions: torch.Tensor | None = None
    """(N,) int64, where they stand in the dataset; None for a test part."""
    weights: torch.Tensor | None = None
    """(N,) float32 of mean 1, how much each counts in training; None: all the same. Only training has any."""

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class UnlabelledPart:
    """Examples to train on whose labels nobody is given, on the CPU, to be read only."""

    inputs: torch.Tensor
    """Raw, as of a `Part`."""
    true_labels: torch.Tensor | None
    """(N,) int64, for the evaluation of confirmed trials alone; None: unknown."""
    positions: torch.Tensor
    """(N,) int64, where they stand in the dataset."""

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class TrialData:
    """Everything about the data that a trial needs."""

    train: Part
    validation: Part | None
    """Taken from the training set, with the same noise; None if everything is trained on."""
    test: Part
    """Clean, except that nobody knows when the labels are taken as given and the test set is not trusted."""
    num_classes: int
    input_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    mean: torch.Tensor
    """Per channel (or feature) of `train` and `unlabelled`, float32, pixels counted from 0 to 1."""
    std: torch.Tensor
    """Like `mean`; 1 where a channel is constant."""
    error_rate: float | None
    """Share of wrong labels in train and validation together; None: unknown."""
    transition: list[list[float]] | None
    """Realised P(given = j | true = i) in train and validation together; None: unknown."""
    corrupted_inputs: float = 0.0
    """Share of inputs in train and validation together that noise has destroyed."""
    trusted: Part | None = None
    """Examples with their true labels, set aside from the training set for methods that need some."""
    unlabelled: UnlabelledPart | None = None
    """What is trained on without labels, where only some training examples keep theirs."""


class Places(NamedTuple):
    """Where the parts of a training set stand in it, int64 each; None: there is no such part."""

    train: torch.Tensor
    validation: torch.Tensor
    trusted: torch.Tensor | None
    unlabelled: torch.Tensor | None = None


def build_trial_data(
    dataset: Dataset, level: NoiseLevel, *, seed: int, validation_fraction: float,
    train_on: Literal["train", "trainval"] = "train", trusted: int | None = None, labelled: int | None = None,
) -> TrialData:
    """Noise on the whole training set, then the split of `validation_fraction`, stratified by the given label.

    No split parts images that belong together (`Dataset.groups`).
    Noise and split have streams of their own under `seed`. With "trainval" everything is trained on and there
    is no validation part. `trusted` examples are cut from what is left for training, stratified by their true label;
    a trial without them trains on the same images with their noisy labels. `labelled` examples of what is trained on
    keep their given labels, stratified by these and drawn from a stream of their own, groups or not: both kinds are
    trained on. Raises UserError if noise and dataset do not fit or a part would be empty.
    """
    noisy = apply_noise(level, dataset, derive(seed, "noise"))
    places = _split(dataset, noisy, seed, held_out_count(len(noisy.labels), validation_fraction, train_on), trusted)
    places = _few_labels(places, noisy, dataset.num_classes, seed, labelled)
    train = replace(_part(noisy, places.train), weights=_weights(dataset, places.train))
    unlabelled = _unlabelled_part(noisy, places.unlabelled) if places.unlabelled is not None else None
    mean, std = moments(train.inputs if unlabelled is None else torch.cat([train.inputs, unlabelled.inputs]))
    return TrialData(
        train, _part(noisy, places.validation) if len(places.validation) else None, _test_part(dataset, noisy),
        dataset.num_classes, dataset.input_shape, dataset.class_names, mean, std,
        _error_rate(noisy), _realised(noisy, dataset.num_classes), noisy.corrupted_inputs,
        _trusted_part(noisy, places.trusted) if places.trusted is not None else None, unlabelled,
    )


def part_sizes(
    dataset: Dataset, level: NoiseLevel, *, seed: int, validation_fraction: float,
    train_on: Literal["train", "trainval"] = "train", trusted: int | None = None,
) -> tuple[int, int]:
    """How many examples `build_trial_data` would train on, trusted ones aside, and how many it would hold out.

    `dataset`, `level`, `seed`, `validation_fraction`, `train_on` and `trusted` are as there. Without groups the answer
    follows from numbers alone; with groups they are split, but no inputs are copied.
    """
    held_out = held_out_count(len(dataset.labels), validation_fraction, train_on)
    if dataset.groups is None:
        return len(dataset.labels) - held_out - (trusted or 0), held_out
    noisy = apply_noise(level, dataset, derive(seed, "noise"))
    places = _split(dataset, noisy, seed, held_out, trusted)
    return len(places.train), len(places.validation)


def _split(dataset: Dataset, noisy: Corrupted, seed: int, held_out: int, trusted: int | None) -> Places:
    rest, chosen = stratified_split(noisy.labels, held_out, derive(seed, "split"), dataset.groups)
    if trusted is None:
        return Places(rest, chosen, None)
    if noisy.true_labels is None:
        raise UserError("dataset.trusted needs true labels, and they are unknown where labels are as given")
    if trusted >= len(rest):
        raise UserError(f"dataset.trusted: {trusted} of {len(rest)} examples would leave none to train on")
    groups = None if dataset.groups is None else dataset.groups[rest]
    stays, aside = stratified_split(noisy.true_labels[rest], trusted, derive(seed, "trusted"), groups)
    return Places(rest[stays], chosen, rest[aside])


def _few_labels(places: Places, noisy: Corrupted, classes: int, seed: int, labelled: int | None) -> Places:
    if labelled is None:
        return places
    if problem := labelled_problem(labelled, len(places.train), classes):
        raise UserError(f"dataset.labelled: {problem}")
    if places.trusted is not None:
        raise UserError("dataset.labelled: trusted examples would have labels beside the labelled ones")
    rest, chosen = stratified_split(noisy.labels[places.train], labelled, derive(seed, "labelled"))
    return places._replace(train=places.train[chosen], unlabelled=places.train[rest])


def labelled_problem(labelled: int, examples: int, classes: int) -> str | None:
    """Why not just `labelled` of so many training `examples` can keep their labels; None if they can."""
    if labelled < classes:
        return f"{labelled} labels are fewer than the {classes} classes"
    if labelled >= examples:
        return f"{labelled:,} of {examples:,} training examples would leave none without a label"
    return None


def _unlabelled_part(noisy: Corrupted, indices: torch.Tensor) -> UnlabelledPart:
    true = None if noisy.true_labels is None else noisy.true_labels[indices]
    return UnlabelledPart(noisy.images[indices], true, indices)


def _trusted_part(noisy: Corrupted, indices: torch.Tensor) -> Part:
    assert noisy.true_labels is not None
    true = noisy.true_labels[indices]
    return Part(noisy.images[indices], true, true, indices)


def held_out_count(count: int, fraction: float, train_on: Literal["train", "trainval"]) -> int:
    """How many of `count` images, a `fraction`, are kept for validation; raises UserError if a part would be empty."""
    if train_on == "trainval":
        return 0
    held_out = round(fraction * count)
    if not 0 < held_out < count:
        raise UserError(f"a validation fraction of {fraction} leaves training or validation without any of "
                        f"{count} images; change `validation_fraction`")
    return held_out


def _part(noisy: Corrupted, indices: torch.Tensor) -> Part:
    true = None if noisy.true_labels is None else noisy.true_labels[indices]
    return Part(noisy.images[indices], noisy.labels[indices], true, indices)


def _weights(dataset: Dataset, indices: torch.Tensor) -> torch.Tensor | None:
    if dataset.weights is None:
        return None
    weights = dataset.weights[indices]
    if not weights.any():
        raise UserError("the weights of all training examples are zero")
    return weights / weights.double().mean().float()


def _test_part(dataset: Dataset, noisy: Corrupted) -> Part:
    """Whoever does not know the true training labels does not know the true test labels either, unless told so."""
    known = noisy.true_labels is not None or dataset.test_is_trusted
    true = dataset.test_labels if known else None
    return Part(dataset.test_images, dataset.test_labels, true)


def _error_rate(noisy: Corrupted) -> float | None:
    if noisy.true_labels is None:
        return None
    return float((noisy.labels != noisy.true_labels).double().mean())


def _realised(noisy: Corrupted, classes: int) -> list[list[float]] | None:
    """Row-normalised counts; the identity in the row of a class that does not occur."""
    if noisy.true_labels is None:
        return None
    cells = torch.bincount(noisy.true_labels * classes + noisy.labels, minlength=classes**2)
    counts = cells.view(classes, classes).double()
    sizes = counts.sum(dim=1, keepdim=True)
    identity = torch.eye(classes, dtype=torch.float64)
    return torch.where(sizes > 0, counts / sizes.clamp(min=1), identity).tolist()
