"""What keeps features apart when nothing but an image's own past is to be predicted?

Trains `sat_ssl` as `search_spaces/representation_digits.yaml` does, on digits without their labels: as it is, with
targets that remember no earlier epoch (momentum 0), with targets of the network itself in place of a moving average
(decay 0), and with neither. Features are measured on the validation part by their effective rank and the deviation of
normalised features, and what they know on the test part. Means over fresh seeds with 95 % intervals (Student's t).

    python -m benchmarks.moving_targets                      five seeds of 40 epochs, 4 minutes on one core
    python -m benchmarks.moving_targets --seeds 2 --epochs 2 --width 2                       seconds
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from statistics import mean, stdev
from typing import Any

from benchmarks.common import ROOT, Row, parser, publish

SPACE = ROOT / "search_spaces" / "representation_digits.yaml"
VARIANTS = {
    "as it is": {"momentum": 0.7, "decay": 0.99},
    "without memory": {"momentum": 0.0, "decay": 0.99},
    "without a moving average": {"momentum": 0.7, "decay": 0.0},
    "without both": {"momentum": 0.0, "decay": 0.0},
}
MEASURES = {"effective rank": ("val/effective_rank", 1.0), "deviation": ("val/feature_std", 1.0),
            "k-NN %": ("test/knn_accuracy", 100.0), "linear %": ("test/linear_accuracy", 100.0)}


def last_records(variant: dict[str, float], arguments: argparse.Namespace) -> list[dict[str, float]]:
    """The metrics after the last epoch, for each seed."""
    from sat_sweep.config import load_space, plan
    from sat_sweep.training import epochs

    shipped = load_space(SPACE)
    space = shipped.model_dump()
    space["noise"]["rates"], space["methods"] = [0.0], ["sat_ssl"]
    space["training"]["epochs"], space["model"]["width"] = arguments.epochs, arguments.width
    space["search"]["space"] = {"sat_ssl.views": space["search"]["space"]["sat_ssl.views"],
                                **{f"sat_ssl.{name}": value for name, value in variant.items()}}
    space["confirm"]["seeds"] = arguments.seeds
    (study,) = plan(type(shipped).model_validate(space)).studies
    specs = [study.confirm_spec({}, seed) for seed in range(arguments.seeds)]
    return [list(epochs(spec))[-1].metrics for spec in specs]


def told(values: Sequence[float]) -> str:
    """`19.9 [19.0, 20.8]`."""
    from scipy.stats import t

    half = float(t.ppf(0.975, len(values) - 1)) * stdev(values) / len(values) ** 0.5
    return f"{mean(values):.3g} [{mean(values) - half:.3g}, {mean(values) + half:.3g}]"


def main(typed: list[str] | None = None) -> list[Row]:
    """The command line."""
    options = parser(__doc__)
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--epochs", type=int, default=40)
    options.add_argument("--width", type=int, default=16, help="channels of the network's first block")
    arguments = options.parse_args(typed)
    rows: list[dict[str, Any]] = []
    for name, variant in VARIANTS.items():
        found = last_records(variant, arguments)
        rows.append({"sat_ssl": name} | {title: told([scale * metrics[measure] for metrics in found])
                                         for title, (measure, scale) in MEASURES.items()})
    publish("moving_targets", rows, arguments.out)
    return rows


if __name__ == "__main__":
    main()
