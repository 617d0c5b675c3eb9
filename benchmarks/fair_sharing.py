"""How long does a small sweep take beside a large one on the same cluster?

A node with W workers. The small sweep (7 trials and 1 to confirm the winner) runs alone on half of them, then all of
them are busy with a large one (190 trials and 10 to confirm) when the small one is launched. Trials sleep for a known
time, so that workers and not cores are what is short.

    python -m benchmarks.fair_sharing                     4 workers, trials of 4 s: about 6 min
    python -m benchmarks.fair_sharing --workers 8 --seconds 8

A sweep's time is that of the whole command. "Own workers" is how many trials of the small sweep ran at a time, on
average from its first start to its last end.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.common import Row, parser, publish
from benchmarks.nodes import Sweep, ray_nodes, space, spans

EPOCHS = 4


def small(seconds: float) -> Any:
    """Eight trials."""
    return space("small", studies=1, trials=7, seeds=1, epochs=EPOCHS, seconds=seconds / EPOCHS)


def large(seconds: float) -> Any:
    """Two hundred."""
    return space("large", studies=10, trials=19, seeds=1, epochs=EPOCHS, seconds=seconds / EPOCHS)


def timed(content: Any, folder: Path, address: str) -> tuple[float, list[Any]]:
    """Seconds of the whole command, and its results."""
    began = time.time()
    results = Sweep(content, folder, address).wait()
    return time.time() - began, results


def row(what: str, seconds: float, began: float, results: list[Any]) -> Row:
    """How a sweep went."""
    first, last = spans(results)
    busy = sum(result["ended"] - result["started"] for result in results)
    return {"sweep": what, "trials": len(results), "s": seconds, "to its first start s": first - began,
            "own workers": busy / (last - first)}


def alone(arguments: argparse.Namespace, folder: Path) -> Row:
    """The small sweep, with half of the workers and nobody beside it."""
    with ray_nodes(1, arguments.workers // 2) as address:
        began = time.time()
        seconds, results = timed(small(arguments.seconds), folder / "alone", address)
    return row("small, alone on half", seconds, began, results)


def beside(arguments: argparse.Namespace, folder: Path) -> list[Row]:
    """The small sweep while the large one has all workers, and the large one to its end."""
    with ray_nodes(1, arguments.workers) as address:
        started = time.time()
        big = Sweep(large(arguments.seconds), folder, address)
        while len(big.results()) < 2 * arguments.workers:
            time.sleep(0.2)
        began = time.time()
        seconds, results = timed(small(arguments.seconds), folder, address)
        own = row("small, beside large", seconds, began, results)
        rest = big.wait()
        after = [result for result in rest if result["started"] > began + seconds + arguments.seconds]
        return [own, row("large", time.time() - started, started, rest),
                row("large, after small", time.time() - began - seconds, began + seconds, after)]


def main(typed: list[str] | None = None) -> list[Row]:
    """The command line."""
    options = parser(__doc__)
    options.add_argument("--workers", type=int, default=4)
    options.add_argument("--seconds", type=float, default=4.0, help="of a trial")
    arguments = options.parse_args(typed)
    folder = Path(tempfile.mkdtemp(prefix="fair-sharing-"))
    try:
        rows = [alone(arguments, folder), *beside(arguments, folder)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    rows[1]["times alone"] = rows[1]["s"] / rows[0]["s"]
    publish("fair_sharing", rows, arguments.out)
    return rows


if __name__ == "__main__":
    main()
