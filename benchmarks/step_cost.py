"""What does a training step of each method cost beside one of plain cross-entropy?

Every registered objective trains the same network on the same data with the same optimiser as `ce` does, in the last
epoch of a short training, when all of it acts. Each takes turns with `ce`, epoch by epoch, so that a slow machine is
slow for both; medians of processor time are compared. One thread. Data are digits for the MLP, random 32x32 images for
the convolutional network; what evaluation costs is left out.

    python -m benchmarks.step_cost                   everything, about 15 min on a slow core
    python -m benchmarks.step_cost --models mlp --batches 64 --methods gce l2rw

The aim is 1.1 for plain losses, 3.5 for l2rw and meta_weight_net.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.common import Row, parser, publish
from benchmarks.loop_overhead import MODELS, random_images

STEPS = {"mlp": None, "convnet": 8}
"""How many steps a turn has, enough for what comes every few steps; None: all of an epoch."""


def trial(method: str, model: str, batch: int, images: dict[str, str]) -> Any:
    """A short trial of `method`; batches of trusted examples are as large as the others, as in the papers."""
    from sat_sweep.methods import registry
    from sat_sweep.training import TrialSpec

    dataset: dict[str, Any] = {"name": "digits"} if model == "mlp" else images
    asks = "trusted_batch" in registry[method].Parameters.model_fields
    return TrialSpec.model_validate({
        "dataset": {**dataset, "trusted": batch}, "method": method, "model": MODELS[model],
        "parameters": {f"{method}.trusted_batch": batch} if asks else {},
        "noise": {"kind": "symmetric", "rate": 0.4, "label": "symmetric-0.4"},
        "training": {"epochs": 5, "batch_size": batch, "augmentation": "none",
                     "optimizer": {"name": "sgd", "lr": 0.01}},
    })


def costs(model: str, batch: int, methods: list[str], seconds: float, images: dict[str, str]) -> Iterator[Row]:
    """A row per method, for one network and one size of batches."""
    from sat_sweep.data import load
    from sat_sweep.training.step_cost import LastEpoch, relative_cost

    dataset = load(trial("ce", model, batch, images).dataset)
    base = LastEpoch(trial("ce", model, batch, images), dataset, STEPS[model])
    for method in methods:
        ours = LastEpoch(trial(method, model, batch, images), dataset, STEPS[model])
        ratio, step = relative_cost(ours, base, seconds)
        yield {"model": model, "batch": batch, "method": method, "times ce": ratio, "ce, ms per step": 1e3 * step}


def objectives() -> list[str]:
    """All registered methods that take steps of their own, but for cross-entropy itself."""
    from sat_sweep.methods import Algorithm, registry

    return [name for name in registry if issubclass(registry[name], Algorithm) and name != "ce"]


def main(typed: list[str] | None = None) -> list[Row]:
    """The command line."""
    options = parser(__doc__)
    options.add_argument("--models", nargs="+", choices=tuple(STEPS), default=list(STEPS))
    options.add_argument("--batches", nargs="+", type=int, default=[64, 128])
    options.add_argument("--methods", nargs="+", help="all objectives if not given")
    options.add_argument("--seconds", type=float, default=3.0, help="how long each takes turns with ce")
    arguments: argparse.Namespace = options.parse_args(typed)
    with tempfile.TemporaryDirectory() as folder:
        images = random_images(Path(folder), 1024)
        rows = [row for model in arguments.models for batch in arguments.batches
                for row in costs(model, batch, arguments.methods or objectives(), arguments.seconds, images)]
    publish("step_cost", rows, arguments.out)
    return rows


if __name__ == "__main__":
    main()
