"""Ray nodes on this machine, and sweeps on them whose trials take a known time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT

STORE = 100 * 2**20
"""Bytes of each node's object store."""


@contextmanager
def ray_nodes(count: int, cpus: int) -> Iterator[str]:
    """The address of a cluster of a head without a CPU and `count` nodes, each a raylet of its own with `cpus`."""
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": STORE}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        for _ in range(count):
            cluster.add_node(num_cpus=cpus, object_store_memory=STORE)
        cluster.wait_for_nodes()
        yield str(cluster.address)
    finally:
        cluster.shutdown()


def space(name: str, studies: int, trials: int, seeds: int, epochs: int, seconds: float, **blocks: Any) -> Any:
    """A space file of sleeping trials, all of a search at once: `studies` noise levels, `epochs` of `seconds` each."""
    return {
        "name": name, "plugins": [str(ROOT / "benchmarks" / "sleeping.py")], "methods": ["sleep"],
        "dataset": {"name": "digits", "subset": 200}, "model": {"name": "mlp", "width": 8},
        "noise": {"kind": "symmetric", "rates": [round(0.8 * level / studies, 4) for level in range(studies)]},
        "training": {"epochs": epochs, "batch_size": 200},
        "search": {"trials": trials, "batch": trials, "sampler": "random", "pruner": "none",
                   "space": {"sleep.seconds": seconds, "sleep.tag": {"low": 0.0, "high": 1.0}}},
        "confirm": {"seeds": seeds}, **blocks}


class Sweep:
    """A sweep that runs in a process of its own, its home in `folder`."""

    def __init__(self, content: dict[str, Any], folder: Path, address: str) -> None:
        self.name, self.folder = content["name"], folder / content["name"]
        self.folder.mkdir(parents=True)
        file = self.folder / "space.yaml"
        file.write_text(json.dumps(content))  # which is YAML too
        self._log = (self.folder / "log.txt").open("w")
        command = [sys.executable, "-m", "sat_sweep", "launch", str(file), "--home", str(self.folder / "home"),
                   "--address", address, "--yes"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=self._log, stderr=self._log, env=dict(os.environ))

    def results(self) -> list[dict[str, Any]]:
        """Those that are there."""
        found = (self.folder / "home" / self.name / "results").rglob("[!.]*.json")
        return [json.loads(path.read_text()) for path in found]

    def wait(self) -> list[dict[str, Any]]:
        """Wait for its end; all results."""
        if self.process.wait() != 0:
            raise SystemExit(f"{self.name} has failed:\n{(self.folder / 'log.txt').read_text()[-3000:]}")
        return self.results()


def spans(results: list[dict[str, Any]]) -> tuple[float, float]:
    """When the first trial started and the last ended, in seconds since 1970."""
    return min(result["started"] for result in results), max(result["ended"] for result in results)
