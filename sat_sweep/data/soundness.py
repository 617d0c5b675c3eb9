"""What every dataset must be, whoever reads its files: other data would train without a word, and mean nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sat_sweep.data.dataset import Dataset, Source
from sat_sweep.errors import DataUnavailable
from sat_sweep.imports.lazy import torch

MOST_CLASSES = 10_000
"""Every trial keeps a number for each pair of classes."""
NAMED = 5
"""Of more things than these only the first are named."""


def check_source(source: Source) -> None:
    """Raise DataUnavailable unless there are classes, each with training examples, and no labels beside them."""
    classes = len(source.class_names)
    if not 2 <= classes <= MOST_CLASSES:
        raise DataUnavailable(f"the dataset has {classes:,} class{'es' if classes != 1 else ''}: there is something to "
                              f"tell apart from 2 on, and at most {MOST_CLASSES:,} are taken on")
    if len(set(source.class_names)) < classes:
        raise DataUnavailable(f"the dataset has classes of the same name: {_listed(_repeated(source.class_names))}")
    for labels in (source.labels, source.labels if source.test_labels is None else source.test_labels):
        if len(labels) and (labels.min() < 0 or labels.max() >= classes):
            raise DataUnavailable(f"the dataset has labels from {labels.min()} to {labels.max()}, and {classes:,} "
                                  f"classes, so that they must lie in 0 to {classes - 1}")
    if empty := _without_examples(source.labels, source.class_names):
        raise DataUnavailable(f"the dataset has no training example of {empty}: leave these classes out, or number "
                              "the others without gaps")


def check_choice(labels: torch.Tensor, class_names: Sequence[str], tested: int) -> None:
    """Raise DataUnavailable where test set, subset and imbalance leave no example of a class, or none to test on.

    `labels` (N,) int64 are those of the training examples that are left, `tested` is the number of test examples.
    """
    if empty := _without_examples(labels, class_names):
        raise DataUnavailable(f"test set and subset leave no training example of {empty}: these need more examples, or "
                              "dataset.test_fraction to be smaller, or dataset.subset larger")
    if not tested:
        raise DataUnavailable("there is no example to test on: the dataset needs more, or a larger "
                              "dataset.test_fraction")


def check_inputs(dataset: Dataset) -> None:
    """Raise DataUnavailable for inputs that have no shape of images or features, or are no finite numbers."""
    for part, inputs, origin in (("training", dataset.images, dataset.origin),
                                 ("test", dataset.test_images, dataset.test_origin)):
        shape = tuple(inputs.shape[1:])
        if len(shape) not in (1, 3) or 0 in shape:
            raise DataUnavailable(f"{part} inputs have shape {shape}, and must be features (F,) or images (C, H, W)")
        if shape != dataset.input_shape:
            raise DataUnavailable(f"test inputs have shape {shape}, and training inputs {dataset.input_shape}")
        rows = range(len(inputs)) if origin is None else origin.rows
        if problem := not_finite(inputs, rows):
            raise DataUnavailable(f"{part} inputs have {problem}")


def not_finite(inputs: torch.Tensor, rows: Sequence[int]) -> str | None:
    """Which of `inputs` (N, …) are NaN or infinite, by what their `rows` are called; None if all are numbers."""
    if not inputs.is_floating_point() or bool(inputs.isfinite().all()):
        return None
    strange = ~inputs.isfinite()
    bad_rows = [rows[row] for row in strange.flatten(1).any(dim=1).nonzero().flatten().tolist()]
    columns = strange.any(dim=0).nonzero().flatten().tolist() if inputs.ndim == 2 else []
    where = f" in feature{'s' if len(columns) > 1 else ''} {_listed(columns)}," if columns else ""
    return (f"values that are NaN or infinite{where} in {len(bad_rows):,} of {len(inputs):,} rows, counted from 0: "
            f"{_listed(bad_rows)}; fill them in, or leave these rows out")


def _without_examples(labels: torch.Tensor, class_names: Sequence[str]) -> str:
    """The classes that no label names; "" if there are none."""
    counts = torch.bincount(labels, minlength=len(class_names)).tolist()
    empty = [name for name, count in zip(class_names, counts, strict=True) if not count]
    return f"{len(empty):,} of {len(class_names):,} classes ({_listed(empty)})" if empty else ""


def _repeated(names: Sequence[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _listed(found: Sequence[object]) -> str:
    more = f" and {len(found) - NAMED:,} more" if len(found) > NAMED else ""
    return ", ".join(map(str, found[:NAMED])) + more
