"""How well does `suspects` find wrong labels, beside cleanlab on the same predictions, and what does it cost?

Sweeps with planted mistakes (digits with 20 % symmetric and 30 % pairflip noise) and with those that people made
(CIFAR-10N worst, 40 %), each confirmed on five seeds. Recall is that at the noise rate: of as many most suspicious
examples as have wrong labels, the share that has; means over single seeds with 95 % intervals. cleanlab can rank what
a seed has held out alone, so there stand our recall on all examples, ours on those held out, and its two scores on
those. Where all seeds are given the same labels they are also put together, as a user gets them: cleanlab's scores
are then those of the mean of the probabilities that the seeds which held an example out give it.

The cost is what summing up predictions adds to an epoch of the confirm stage: the same epochs with and without, in
turns.

    python -m benchmarks.suspects                    about 10 minutes on two cores
    python -m benchmarks.suspects --data ../shared/data
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, Row, parser, publish
from benchmarks.loop_overhead import MODELS, random_images

METHODS = ("ce", "gce", "sat", "elr")
DIGITS = """
dataset: {name: digits}
model: {name: mlp}
training: {epochs: 40, optimizer: {name: sgd, lr: 0.02}}
"""
HUMAN = """
dataset: {{name: parquet, train: {data}/cifar10_train.parquet, test: {data}/cifar10_test.parquet,
          subset: 3000, test_subset: 1000}}
model: {{name: convnet, width: 16}}
training: {{epochs: 25, augmentation: none, optimizer: {{name: sgd, lr: 0.05}}}}
"""
NOISE = {
    "symmetric 20 %": (DIGITS, "{kind: symmetric, rates: [0.2]}"),
    "pairflip 30 %": (DIGITS, "{kind: pairflip, rates: [0.3]}"),
    "people 40 %": (HUMAN, "{kind: column, columns: [label_worse]}"),
}


def space(name: str, block: str, noise: str, data: Path) -> str:
    """The space file of one sweep."""
    return (f"name: {name}\n{block.format(data=data) if '{data}' in block else block}\nnoise: {noise}\n"
            f"methods: [{', '.join(METHODS)}]\nsearch: {{trials: 2, batch: 2}}\nconfirm: {{seeds: 5}}\n")


def sat_sweep(*words: str) -> str:
    """What a command prints."""
    command = [sys.executable, "-m", "sat_sweep", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def recalls(label: str, folder: Path, data: Path) -> Iterator[Row]:
    """A row for each method of one sweep; the one that `suspects` would choose is starred."""
    block, noise = NOISE[label]
    name = label.split()[0]
    file = folder / f"{name}.yaml"
    file.write_text(space(name, block, noise, data))
    sat_sweep("launch", str(file), "--home", str(folder / "home"), "--yes")
    chosen = _found(name, folder)["method"]
    for method in METHODS:
        quality = _found(name, folder, "--method", method)["quality"]
        own = {"noise": label, "method": f"{method}{'*' if method == chosen else ''}"}
        yield {**own, "by": "single seeds", **_columns(quality, _text)}
        if quality["together"]:
            yield {**own, "by": "all seeds together", **_columns(quality["together"], "{:.1%}".format)}


def _columns(recalls: Any, text: Callable[[Any], str]) -> Row:
    cleanlab = {f"cleanlab {score}": text(found) for score, found in (recalls["recall_cleanlab"] or {}).items()}
    return {"all": text(recalls["recall"]), "held out": text(recalls["recall_held_out"]), **cleanlab}


def _found(name: str, folder: Path, *words: str) -> Any:
    done = sat_sweep("suspects", name, "--home", str(folder / "home"), "--json", *words)
    return json.loads(done)["conditions"][0]


def _text(summary: Any) -> str:
    low, high = summary["ci95"]
    return f"{100 * summary['mean']:.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def costs(model: str, epochs: int, images: dict[str, str]) -> Row:
    """How much longer an epoch of the confirm stage takes with its predictions summed up."""
    runs = {summed: _run(model, images, summed) for summed in (False, True)}
    took: dict[bool, list[float]] = {False: [], True: []}
    for epoch in range(1, epochs + 1):
        for summed, run in (runs.items() if epoch % 2 else reversed(runs.items())):
            started = time.process_time()
            run.train_epoch(epoch)
            took[summed].append(time.process_time() - started)
    without, summed = (statistics.median(each) for each in (took[False], took[True]))
    return {"network": model, "epoch, ms": 1e3 * without, "with sums, ms": 1e3 * summed, "ratio": summed / without}


def _run(model: str, images: dict[str, str], summed: bool) -> Any:
    from sat_sweep.training import TrialSpec
    from sat_sweep.training.loop import Trial, prepare_torch
    from sat_sweep.training.run import TrainingRun

    spec = TrialSpec.model_validate({
        "dataset": {"name": "digits"} if model == "mlp" else images, "method": "ce", "model": MODELS[model],
        "noise": {"kind": "symmetric", "rate": 0.2, "label": "symmetric-0.2"}, "evaluate": "all",
        "training": {"epochs": 1000, "augmentation": "none"}})
    prepare_torch(spec)
    trial = Trial(spec)
    run = TrainingRun(spec, trial.data, trial.method)
    if not summed:
        run.predictions = None
    return run


def main(typed: list[str] | None = None) -> list[Row]:
    """The command line."""
    options = parser(__doc__)
    options.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of CIFAR-10N")
    options.add_argument("--noise", nargs="*", choices=tuple(NOISE), default=list(NOISE))
    options.add_argument("--epochs", type=int, default=60, help="of the MLP; a tenth of them of the convnet")
    arguments: argparse.Namespace = options.parse_args(typed)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        images = random_images(folder, 1024)
        rows = [costs("mlp", arguments.epochs, images), costs("convnet", max(1, arguments.epochs // 10), images)]
        publish("suspects", rows, arguments.out)
        found = [row for label in arguments.noise for row in recalls(label, folder, arguments.data.resolve())]
        publish("suspects", found, arguments.out)
    return rows + found


if __name__ == "__main__":
    main()
