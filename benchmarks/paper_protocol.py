"""The SAT paper's protocol on one GPU, in as many calls as it takes, beside the published accuracy.

Trains the trials of `search_spaces/paper_sat_cifar10.yaml` (ResNet-34, 200 epochs, batches of 256, cosine) at one
noise rate, one after the other, through the trajectory store in `--home`: a call that runs out of `--seconds` is
continued by the next one, and SAT starts from cross-entropy's state after its start epoch. Needs torch, numpy,
pydantic and pyyaml alone, and what reads the data.

    python -m benchmarks.paper_protocol --home paper --seconds 540           again and again, until it says "done"
    python -m benchmarks.paper_protocol --dataset '{"name": "digits"}' --model '{"name": "mlp"}' --epochs 4 --device cpu
                                                                             seconds; shows that the script works

`--dataset` is the block of a space file. The images of `../shared/data` are re-encoded JPEGs of CIFAR-10, not the
original pixels: a figure from them stands beside the published one, not for it. Accuracies are on clean test labels,
in percent; `last` is what the paper reports.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, Row, parser, publish

SPACE = ROOT / "search_spaces" / "paper_sat_cifar10.yaml"
PUBLISHED = {("sat", 0.2): 94.14, ("sat", 0.4): 92.64, ("sat", 0.6): 89.23, ("sat", 0.8): 78.58}
"""Huang et al. 2020 (arXiv 2002.10319), table 1: ResNet-34 on CIFAR-10, last epoch."""


def trials(arguments: argparse.Namespace) -> Iterator[Any]:
    """The confirmation's first seed of each method, with what the options change."""
    from sat_sweep.config import load_space, plan

    shipped = load_space(SPACE)
    space = shipped.model_dump()
    space["noise"]["rates"] = [arguments.rate]
    space["training"]["epochs"] = arguments.epochs
    for block in ("dataset", "model"):
        if getattr(arguments, block):
            space[block] = json.loads(getattr(arguments, block))
    space["search"]["space"]["sat.start_epoch"] = round(0.3 * arguments.epochs)  # 60 of the paper's 200
    if arguments.device == "cpu":
        space["training"] |= {"precision": "float32", "augmentation": "auto"}
    for study in plan(type(shipped).model_validate(space)).studies:
        yield study.confirm_spec({}, arguments.seed).model_copy(update={"device": arguments.device})


def train(spec: Any, others: list[Any], home: Path, until: float) -> Row:
    """Train `spec` until it is done or time is up; states are left where `others` will go on."""
    from sat_sweep.home.files import open_folder
    from sat_sweep.training import Audience, Follower, TrajectoryStore, epochs

    started = time.monotonic()
    done = []
    audience = Audience(tuple(Follower(other.method, other.parameters) for other in others))
    for record in epochs(spec, TrajectoryStore(open_folder(home / "trajectories")), audience):
        done.append(record)
        if record.trained and time.monotonic() >= until:
            break
    accuracies = [100 * record.metrics["test/accuracy"] for record in done]
    trained = sum(record.trained for record in done)
    return {"method": spec.method, "rate": spec.noise.rate, "epoch": len(done), "of": spec.training.epochs,
            "last": accuracies[-1] if done else None, "best of all": max(accuracies, default=None),
            "published": PUBLISHED.get((spec.method, spec.noise.rate)),
            "trained now": trained, "s": time.monotonic() - started}


def main(typed: list[str] | None = None) -> list[Row]:
    """The command line."""
    options = parser(__doc__)
    options.add_argument("--home", type=Path, default=Path("paper"))
    options.add_argument("--seconds", type=float, default=540.0, help="after which no further epoch is begun")
    options.add_argument("--rate", type=float, default=0.4)
    options.add_argument("--epochs", type=int, default=200)
    options.add_argument("--seed", type=int, default=0, help="index of the confirmation's seed")
    options.add_argument("--dataset", help="a space file's block, as JSON")
    options.add_argument("--model", help="likewise")
    options.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    arguments = options.parse_args(typed)
    until = time.monotonic() + arguments.seconds
    specs = list(trials(arguments))
    rows = [train(spec, specs, arguments.home, until) for spec in specs]
    publish("paper_protocol", rows, arguments.out)
    print("done" if all(row["epoch"] == row["of"] for row in rows) else "not done yet: run the same command again")
    return rows


if __name__ == "__main__":
    main()
