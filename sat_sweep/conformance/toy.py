"""The toy on which code is tried: digits, a small perceptron, a few epochs on one thread."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sat_sweep.home.files import open_folder
from sat_sweep.training import EpochRecord, TrajectoryStore, TrialSpec, epochs
from sat_sweep.training.trajectory.audience import Audience

EVERY_EPOCH = Audience(every_epoch=True)
"""With it a trial leaves its state after each epoch, so that whatever can be shared is."""


def toy_trial(method: str = "ce", parameters: dict[str, Any] | None = None, *, epochs: int = 6, rate: float = 0.4,
              training: dict[str, Any] | None = None, **blocks: Any) -> TrialSpec:
    """A trial of `method` under symmetric noise of this `rate`; `blocks` of the file take the place of the toy's."""
    return TrialSpec.model_validate({
        "dataset": {"name": "digits", "subset": 300}, "model": {"name": "mlp", "width": 32},
        "noise": {"kind": "symmetric", "rate": rate, "label": f"symmetric-{rate}"}, "evaluate": "all",
        "training": {"epochs": epochs, "batch_size": 32, **(training or {})},
        "method": method, "parameters": parameters or {}, **blocks,
    })


@contextmanager
def toy_store() -> Iterator[TrajectoryStore]:
    """A trajectory store that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield TrajectoryStore(open_folder(Path(folder)))


def interrupt(spec: TrialSpec, store: TrajectoryStore, cut: int) -> None:
    """Run `spec` with `store` and leave it after its epoch `cut`, as a killed process does."""
    records = epochs(spec, store, EVERY_EPOCH)
    for _ in range(cut):
        next(records)
    records.close()  # type: ignore[attr-defined]


def numbers(records: Iterable[EpochRecord]) -> list[dict[str, float]]:
    """The metrics of all epochs, without the one that is a time."""
    return [{name: value for name, value in record.metrics.items() if name != "epoch_seconds"} for record in records]


def first_difference(one: list[dict[str, float]], other: list[dict[str, float]]) -> str:
    """The first epoch and metric in which two runs differ, in words; "" if they are equal to the bit."""
    for epoch, (mine, yours) in enumerate(zip(one, other, strict=False), start=1):
        for name in sorted(mine.keys() | yours.keys()):
            if mine.get(name) != yours.get(name):
                return f"{name} of epoch {epoch} is {mine.get(name)} instead of {yours.get(name)}"
    return "" if len(one) == len(other) else f"{len(one)} epochs instead of {len(other)}"
