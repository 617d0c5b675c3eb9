"""Whether every node of a cluster sees the home, where that is a folder and no object store."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from sat_sweep.errors import UserError
from sat_sweep.home import Home, SweepHome
from sat_sweep.home.files import LocalFolder
from sat_sweep.home.sweep_home import RECORD

ANSWER_SECONDS = 60.0
"""How long a node may take to look; one that does not answer has other troubles, which will be told then."""


def check_home(ray: Any, place: str) -> None:
    """Raise UserError if the home at `place` is a folder that some node of the cluster does not share with this one."""
    home = Home(place)
    nodes = [node for node in ray.nodes() if node["Alive"]]
    if not isinstance(home.folder, LocalFolder) or len(nodes) < 2:
        return
    with home.marked() as mark:
        blind = _who_does_not_see(ray, nodes, mark)
    if blind:
        raise UserError(f"the home {home.folder.path} is a folder of this machine that {_named(blind)} of the cluster "
                        f"{'does' if len(blind) == 1 else 'do'} not see: name a shared folder or s3://bucket/…, by "
                        "--home, SAT_SWEEP_HOME or storage.home in the space file")


def witness(sweep: SweepHome) -> str | None:
    """A file of the sweep that every node sees which shares the home; None where the home is no folder."""
    folder = sweep.folder
    return str(folder.path / RECORD) if isinstance(folder, LocalFolder) else None


def blindness(witness: str | None) -> str | None:
    """Why this node, which may have joined later, cannot share states, None if it can."""
    if witness is None or Path(witness).exists():
        return None
    return (f"node {socket.gethostname()} does not see the home: trials train there without the trajectory store, "
            "from their first epoch on")


def _who_does_not_see(ray: Any, nodes: list[dict[str, Any]], mark: Path) -> list[str]:
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    look = ray.remote(num_cpus=0, max_retries=0)(_sees)
    asked = {look.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)).remote(
        str(mark)): node["NodeManagerHostname"] for node in nodes}
    answered, _ = ray.wait(list(asked), num_returns=len(asked), timeout=ANSWER_SECONDS)
    return sorted(asked[answer] for answer in answered if not ray.get(answer))


def _sees(mark: str) -> bool:
    return Path(mark).exists()


def _named(nodes: list[str]) -> str:
    return f"node {nodes[0]}" if len(nodes) == 1 else f"nodes {', '.join(nodes[:5])}{' …' if len(nodes) > 5 else ''}"
