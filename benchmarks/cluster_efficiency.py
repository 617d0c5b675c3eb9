"""How much of the workers' time goes into trials when a cluster has 1, 2 and 4 nodes?

Real Ray nodes (raylets of their own) on this machine, two workers each, the real driver, and trials that sleep for a
known time. The work grows with the nodes: every worker has six trials to run. Efficiency is the sum of the trials'
known lengths divided by workers x time from the first start to the last end; what passes before the first start is
told beside it, and so is how long the last worker came after the first, how long trials took by their workers' clock,
and what passed between them, the wait for the last worker among it. The peer is a
pool of as many processes that sleep as often and as long, and record nothing.

    python -m benchmarks.cluster_efficiency                      trials of 10 s: about 6 min
    python -m benchmarks.cluster_efficiency --nodes 4 --seconds 30
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.common import Row, parser, publish
from benchmarks.nodes import Sweep, ray_nodes, space, spans

EPOCHS = 10
SEARCHED, CONFIRMED = 4, 2
"""Trials of a study, one study for each worker: what follows a search then finds all workers free."""


def sweep(nodes: int, arguments: argparse.Namespace, folder: Path) -> Row:
    """A sweep on so many nodes."""
    workers = nodes * arguments.workers
    content = space(f"nodes-{nodes}", workers, SEARCHED, CONFIRMED, EPOCHS, arguments.seconds / EPOCHS)
    with ray_nodes(nodes, arguments.workers) as address:
        began = time.time()
        results = Sweep(content, folder, address).wait()
    first, last = spans(results)
    starts = sorted(result["started"] for result in results)
    busy = sum(result["ended"] - result["started"] for result in results)
    return row("sat-sweep", nodes, workers, len(results) * arguments.seconds, last - first) | {
        "trials": len(results), "to the first start s": first - began,
        "from the first to the last worker's s": starts[workers - 1] - first, "trial s": busy / len(results),
        "between trials s": (workers * (last - first) - busy) / len(results)}


def pool(nodes: int, arguments: argparse.Namespace) -> Row:
    """As many processes that only sleep; they are there before the time begins."""
    workers = nodes * arguments.workers
    trials = workers * (SEARCHED + CONFIRMED)
    with ProcessPoolExecutor(workers) as processes:
        list(processes.map(time.sleep, [0.5] * workers))
        began = time.time()
        list(processes.map(time.sleep, [arguments.seconds] * trials))
        taken = time.time() - began
    return row("pool", nodes, workers, trials * arguments.seconds, taken) | {"trials": trials}


def row(who: str, nodes: int, workers: int, work: float, taken: float) -> Row:
    """What became of the workers' time."""
    return {"who": who, "nodes": nodes, "workers": workers, "s": taken, "efficiency": work / (workers * taken)}


def main(typed: list[str] | None = None) -> list[Row]:
    """The command line."""
    options = parser(__doc__)
    options.add_argument("--nodes", type=int, nargs="+", default=[1, 2, 4])
    options.add_argument("--workers", type=int, default=2, help="per node")
    options.add_argument("--seconds", type=float, default=10.0, help="of a trial")
    arguments = options.parse_args(typed)
    folder = Path(tempfile.mkdtemp(prefix="cluster-efficiency-"))
    try:
        rows = [made for nodes in arguments.nodes
                for made in (sweep(nodes, arguments, folder), pool(nodes, arguments))]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    publish("cluster_efficiency", rows, arguments.out)
    return rows


if __name__ == "__main__":
    main()
