"""What does sharing beginnings save, and does it change a single number?

The mission's sweep (ce, sat, ce+reset, sat+reset at three noise levels on digits) is launched twice through the
command line, each time into a fresh home: once with sharing, once with `--no-share`. Then every number of the two
reports is compared, all but `compute` and times, exactly; and every trial's state, score and history.

    python -m benchmarks.sharing                            40 epochs, 16 trials, 5 seeds: about 10 min on 2 slow cores
    python -m benchmarks.sharing --trials 8                 as the quickstart has it
    python -m benchmarks.sharing --epochs 10 --trials 4 --seeds 2
    python -m benchmarks.sharing --workers 1 2              with sharing at several numbers of workers, all compared

`requested` is trials x epochs; `reached` counts the epochs up to which trials went (pruned ones end early; it is what
the report calls requested); `trained` are those that were not found in the store; `distinct` those that differ from
all others, less than which nobody can train. The aim is that trained is at most
0.6 of requested; beside it stands the stricter trained / reached. `writing %` is what storing
states and records cost, in percent of the time spent training: the files in the store, times what writing one of
them again takes here. The exit status is 1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, Row, parser, publish

NAME = "sharing"
SAMPLES = 50
"""Files of a kind that are written again to learn what writing costs."""


def space(epochs: int, trials: int, seeds: int, subset: int | None) -> str:
    """The quickstart's sweep, with start epochs in proportion to its 2 to 24 of 40."""
    dataset: dict[str, Any] = {"name": "digits"} | ({"subset": subset} if subset else {})
    return json.dumps({
        "name": NAME, "dataset": dataset, "noise": {"kind": "symmetric", "rates": [0.0, 0.2, 0.4]},
        "methods": ["ce", "sat", "ce+reset", "sat+reset"], "model": {"name": "mlp"},
        "training": {"epochs": epochs, "batch_size": 64, "schedule": {"name": "cosine"},
                     "optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4}},
        "search": {"trials": trials, "batch": 4, "space": {
            "sat.momentum": {"low": 0.5, "high": 0.99},
            "sat.start_epoch": {"low": round(epochs / 20), "high": round(0.6 * epochs)},
            "reset.rate": {"low": 1e-3, "high": 1e-1, "log": True}}},
        "confirm": {"seeds": seeds},
    })


def launch(file: Path, home: Path, workers: int, *, share: bool) -> tuple[Row, dict[str, Any]]:
    """Launch and measure; returns a row, and everything that must not depend on sharing."""
    command = [sys.executable, "-m", "sat_sweep", "launch", str(file), "--home", str(home), "--yes",
               "--workers", str(workers), *([] if share else ["--no-share"])]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    seconds = time.perf_counter() - started
    if done.returncode not in (0, 1):
        raise SystemExit(f"launch ended with status {done.returncode}:\n{done.stdout[-3000:]}")
    report = _report(home)
    row = {"sharing": "yes" if share else "no", "workers": workers, "seconds": seconds, **_epochs(home),
           **(_writing(home) if share else {})}
    return row, {"report": _timeless(report), "trials": dict(_trials(home))}


def _report(home: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "sat_sweep", "report", NAME, "--home", str(home), "--json"]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    return json.loads(subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout)


def _timeless(report: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in report.items() if key != "compute"}


def _results(home: Path) -> Iterator[Any]:
    from sat_sweep.home import Home

    return Home(str(home)).sweep(NAME).results()


def _trials(home: Path) -> Iterator[tuple[str, Any]]:
    """Whatever a trial's result says that is no time, and not how much of it was found in the store."""
    for result in _results(home):
        history = [{**record, "metrics": {name: value for name, value in record["metrics"].items()
                                          if name != "epoch_seconds"}} for record in result.history]
        yield result.name, [result.state, result.value, result.values, history]


def _epochs(home: Path) -> Row:
    results = list(_results(home))
    reached, trained = sum(len(result.history) for result in results), sum(r.epochs_trained for r in results)
    requested = sum(result.spec["training"]["epochs"] for result in results)
    seconds = sum(record["metrics"].get("epoch_seconds", 0.0) for result in results
                  for record in result.history[len(result.history) - result.epochs_trained:])
    distinct = {record["signature"] for result in results for record in result.history}
    return {"trials": len(results), "requested": requested, "reached": reached, "trained": trained,
            "distinct": len(distinct),
            "trained / requested": trained / requested, "trained / reached": trained / reached,
            "training s": seconds}


def _writing(home: Path) -> Row:
    """What the store holds, and what writing it costs."""
    from sat_sweep.home import Home

    store = Home(str(home)).trajectories
    entries = list(store.entries())
    states = [entry for entry in entries if entry.key.endswith(".state")]
    records = [entry for entry in entries if not entry.key.endswith(".state")]
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        seconds = _cost(home, states, Path(scratch)) + _cost(home, records, Path(scratch))
    training = _epochs(home)["training s"]
    return {"states": len(states), "states MB": sum(e.size for e in states) / 1e6, "record files": len(records),
            "writing s": seconds, "writing %": 100 * seconds / training if training else None}


def _cost(home: Path, entries: list[Any], scratch: Path) -> float:
    """Seconds to write all `entries` again, from a sample of them."""
    from sat_sweep.home import Home
    from sat_sweep.home.files import LocalFolder
    from sat_sweep.training.trajectory.state import decode
    from sat_sweep.training.trajectory.store import TrajectoryStore

    source, target = Home(str(home)).trajectories, TrajectoryStore(LocalFolder(scratch))
    sample = entries[:: max(1, len(entries) // SAMPLES)]
    seconds = 0.0
    for entry in sample:
        content = source.read(entry.key) or b""
        if entry.key.endswith(".state"):
            state = decode(content)
            seconds += target.add_state("again", state).seconds if state is not None else 0.0
        else:
            started = time.perf_counter()
            target.folder.write(entry.key, content)
            seconds += time.perf_counter() - started
    return seconds * len(entries) / len(sample) if sample else 0.0


def differences(first: Any, second: Any, where: str = "") -> Iterator[str]:
    """Every place at which two JSON-like contents differ."""
    if isinstance(first, dict) and isinstance(second, dict):
        for key in sorted({*first, *second}):
            yield from differences(first.get(key), second.get(key), f"{where}/{key}")
    elif isinstance(first, list | tuple) and isinstance(second, list | tuple) and len(first) == len(second):
        for number, pair in enumerate(zip(first, second, strict=True)):
            yield from differences(*pair, f"{where}/{number}")
    elif first != second and not (first != first and second != second):
        yield f"{where}: {str(first)[:80]} against {str(second)[:80]}"


def numbers(content: Any) -> int:
    """How many numbers `content` has."""
    if isinstance(content, dict):
        return sum(map(numbers, content.values()))
    if isinstance(content, list | tuple):
        return sum(map(numbers, content))
    return isinstance(content, int | float) and not isinstance(content, bool)


def main(typed: list[str] | None = None) -> list[Row]:
    """The command line."""
    options = parser(__doc__)
    options.add_argument("--epochs", type=int, default=40)
    options.add_argument("--trials", type=int, default=16, help="per study")
    options.add_argument("--seeds", type=int, default=5, help="of the confirmation")
    options.add_argument("--workers", type=int, nargs="+", default=[2])
    options.add_argument("--subset", type=int, help="train on this many digits only")
    options.add_argument("--scratch", type=Path, help="folder for the temporary homes")
    arguments: argparse.Namespace = options.parse_args(typed)
    with tempfile.TemporaryDirectory(prefix="sharing-", dir=arguments.scratch) as folder:
        file = Path(folder) / "space.yaml"
        file.write_text(space(arguments.epochs, arguments.trials, arguments.seeds, arguments.subset))
        alone, expected = launch(file, Path(folder) / "alone", max(arguments.workers), share=False)
        rows, found = [alone], []
        for workers in arguments.workers:
            row, content = launch(file, Path(folder) / f"shared-{workers}", workers, share=True)
            unlike = list(differences(expected, content))
            found += [f"{workers} workers: {line}" for line in unlike]
            rows.append({**row, "speed-up": alone["seconds"] / row["seconds"], "numbers": numbers(content),
                         "different": len(unlike)})
    publish("sharing", rows, arguments.out)
    print("\n".join(found[:50]) or "every number is equal")
    if found:
        raise SystemExit(1)
    return rows


if __name__ == "__main__":
    main()
