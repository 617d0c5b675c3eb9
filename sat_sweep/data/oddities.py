"""What is odd in a dataset, in sentences: to be told before training, since afterwards it looks like a result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b

from sat_sweep.data.dataset import Dataset
from sat_sweep.imports.lazy import torch

FEW = 5
"""A class with no more training examples than these is told."""
UNEVEN = 10
"""The largest class may have so many times the examples of the smallest before that is told."""
NAMED = 5
"""Of more things than these only the first are named."""


def oddities(dataset: Dataset) -> list[str]:
    """A sentence for each thing that is odd: copies, tiny and uneven classes, inputs that tell nothing."""
    return [sentence for check in CHECKS for sentence in check(dataset)]


def groups_told(dataset: Dataset) -> str | None:
    """How many groups are kept whole, and what follows; None where there are none."""
    if dataset.groups is None:
        return None
    _, sizes = dataset.groups.unique(return_counts=True)
    return (f"Kept whole: {len(sizes):,} groups of training {_word(dataset)}, the largest with {int(sizes.max()):,}; "
            "parts are as large as that allows.")


def _copies(dataset: Dataset) -> Iterator[str]:
    what, train = _word(dataset), _contents(dataset.images)
    labels: dict[bytes, set[int]] = {}
    for content, label in zip(train, dataset.labels.tolist(), strict=True):
        labels.setdefault(content, set()).add(label)
    if shared := sum(content in labels for content in _contents(dataset.test_images)):
        yield (f"the training set has copies of {shared:,} of {len(dataset.test_labels):,} test {what}: test accuracy "
               "is flattered")
    if contradicting := sum(len(given) > 1 for given in labels.values()):
        yield f"copies have different labels among the training {what}, {contradicting:,} times: not all can be right"
    if copies := len(train) - len(labels):
        yield (f"among {len(train):,} training {what} there are copies of others, {copies:,} times: where the split "
               "parts them, noisy validation accuracy is flattered")


def _contents(inputs: torch.Tensor) -> list[bytes]:
    return [blake2b(row.tobytes(), digest_size=16).digest() for row in inputs.contiguous().numpy()]


def _classes(dataset: Dataset) -> Iterator[str]:
    counts = torch.bincount(dataset.labels, minlength=dataset.num_classes).tolist()
    few = [f"{name} ({count})" for name, count in zip(dataset.class_names, counts, strict=True) if count <= FEW]
    if few:
        yield (f"classes with {FEW} training {_word(dataset)} or fewer, of which validation takes its part: "
               f"{_listed(few)}")
    low, high = min(counts), max(counts)
    if low and high > UNEVEN * low:
        largest, smallest = (dataset.class_names[counts.index(count)] for count in (high, low))
        yield (f"class {largest} has {high / low:.0f} times as many training {_word(dataset)} as {smallest}: accuracy "
               "is mostly about the large classes")


def _constants(dataset: Dataset) -> Iterator[str]:
    inputs = dataset.images.flatten(1)
    if dataset.images.ndim == 2:
        constant = (inputs == inputs[0]).all(dim=0).nonzero().flatten().tolist()
        if constant:
            yield (f"features that are the same in every row and tell nothing, {len(constant)} of {inputs.shape[1]}: "
                   f"{_listed(map(str, constant))}")
    elif blank := int((dataset.images.flatten(2).amax(dim=2) == dataset.images.flatten(2).amin(dim=2)).all(1).sum()):
        yield f"training images of one colour throughout: {blank:,}"


CHECKS: Sequence[Callable[[Dataset], Iterator[str]]] = (_copies, _classes, _constants)


def _word(dataset: Dataset) -> str:
    return "rows" if dataset.images.ndim == 2 else "images"


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    return ", ".join(found[:NAMED]) + (f" and {len(found) - NAMED} more" if len(found) > NAMED else "")
