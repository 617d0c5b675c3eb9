"""What does our training loop cost beyond a hand-written minimal one, epoch by epoch?

Both train the same network on the same tensors in batches of the same size with the same optimiser, and predict the
same validation images once per epoch. Ours in addition draws its order, keeps metrics of the training pass and does
whatever else `TrainingRun.train_epoch` does. One thread; the two take turns, so that a slow machine is slow for both;
medians are compared. For convolutions a third contender is the minimal loop with channels first, as torch has them by
default: what our layout in memory gains.

    python -m benchmarks.loop_overhead               all three networks, about 10 min on a slow core
    python -m benchmarks.loop_overhead --models mlp --epochs 5

The aim is a ratio of at most 1.05.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from benchmarks.common import Row, parser, publish

MODELS = {
    "mlp": {"name": "mlp", "width": 512},
    "convnet": {"name": "convnet", "width": 32},
    "resnet18": {"name": "resnet18", "width": 16},
}


def trial(model: str, method: str, images: int, folder: Path) -> Any:
    """A trial on digits for the MLP, on random 32x32 images for the others."""
    from sat_sweep.training import TrialSpec
    from sat_sweep.training.loop import Trial

    return Trial(TrialSpec.model_validate({
        "dataset": {"name": "digits"} if model == "mlp" else random_images(folder, images),
        "noise": {"kind": "symmetric", "rate": 0.4, "label": "symmetric-0.4"},
        "method": method, "parameters": {"sat.start_epoch": 0} if method == "sat" else {}, "model": MODELS[model],
        "training": {"epochs": 200, "batch_size": 64, "augmentation": "none"},
    }))


def random_images(folder: Path, images: int) -> dict[str, str]:
    """The options of a dataset of `images` random 32x32 images for training, written into `folder`."""
    chance, path = np.random.default_rng(0), folder / "random.npz"
    arrays: dict[str, np.ndarray] = {}
    for part, count in (("train", images), ("test", 64)):
        arrays[f"x_{part}"] = chance.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
        arrays[f"y_{part}"] = chance.permutation(count) % 10
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return {"name": "npz", "path": str(path)}


def ours(of: Any) -> Callable[[int], Any]:
    """An epoch as sat-sweep trains it."""
    from sat_sweep.training.run import TrainingRun

    return TrainingRun(of.spec, of.data, of.method).train_epoch


def minimal(of: Any, layout: torch.memory_format | None = None) -> Callable[[int], float]:
    """An epoch as one would write it by hand, for cross-entropy or SAT; the network laid out in memory as ours is."""
    from benchmarks.peers import sat_loss, sat_targets
    from sat_sweep.training.run import TrainingRun

    run = TrainingRun(of.spec, of.data, of.method)  # only for the same network and tensors
    model, training, held_out = run.network().module, run.data.train, run.data.validation
    model = model if layout is None else model.to(memory_format=layout)  # type: ignore[call-overload]
    assert held_out is not None
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, fused=True)
    targets = torch.nn.functional.one_hot(training.labels, 10).float()
    adaptive, size = of.spec.method == "sat", of.spec.training.batch_size

    def loss_of(logits: Tensor, index: Tensor) -> Tensor:
        if not adaptive:
            return cross_entropy(logits, training.labels[index])
        updated = targets[index] = sat_targets(targets[index], logits.detach(), 0.9)
        return sat_loss(logits, updated)

    def epoch(_: int) -> float:
        model.train()
        for index in torch.randperm(len(training.labels)).split(size):
            if len(index) == 1:
                continue
            optimizer.zero_grad()
            loss = loss_of(model(training.inputs[index]), index)
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.inference_mode():
            predictions = torch.cat([model(part).argmax(1) for part in held_out.inputs.split(1024)])
            return (predictions == held_out.labels).float().mean().item()

    return epoch


def compare(model: str, method: str, epochs: int, images: int) -> Row:
    """Median seconds of an epoch, ours and minimal, in turns; two epochs before that do not count."""
    with tempfile.TemporaryDirectory() as folder:
        of = trial(model, method, images, Path(folder))
        contenders = {"ours": ours(of), "minimal": minimal(of)}
        if model != "mlp":
            contenders["channels first"] = minimal(of, torch.contiguous_format)
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(1, epochs + 3):
        order = list(contenders)[:: 1 if number % 2 else -1]
        for name in order:
            started = time.perf_counter()
            contenders[name](number)
            if number > 2:
                seconds[name].append(time.perf_counter() - started)
    steps = -(-len(of.data.train.labels) // of.spec.training.batch_size)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    fastest = {name: min(values) for name, values in seconds.items()}
    return {"model": model, "method": method, "steps": steps, "epochs": epochs,
            "ours ms": 1e3 * medians["ours"], "minimal ms": 1e3 * medians["minimal"],
            "ratio": medians["ours"] / medians["minimal"], "ratio of fastest": fastest["ours"] / fastest["minimal"],
            "overhead µs/step": 1e6 * (medians["ours"] - medians["minimal"]) / steps,
            **({"channels first ms": 1e3 * medians["channels first"]} if "channels first" in medians else {})}


def main(typed: list[str] | None = None) -> list[Row]:
    """The command line."""
    options = parser(__doc__)
    options.add_argument("--models", nargs="+", choices=tuple(MODELS), default=list(MODELS))
    options.add_argument("--methods", nargs="+", choices=("ce", "sat"), default=["ce", "sat"])
    options.add_argument("--epochs", type=int, default=20, help="measured epochs of each")
    options.add_argument("--images", type=int, default=2560, help="random images for convolutional networks")
    arguments: argparse.Namespace = options.parse_args(typed)
    torch.set_num_threads(1)
    rows = [compare(model, method, arguments.epochs, arguments.images)
            for model in arguments.models for method in arguments.methods]
    publish("loop_overhead", rows, arguments.out)
    return rows


if __name__ == "__main__":
    main()
