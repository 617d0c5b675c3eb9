"""The nodes that Ray has at the moment, as far as trials are concerned."""

from __future__ import annotations

from typing import Any

from sat_sweep.config.resources import Resources
from sat_sweep.execution.ray_tune.capacity import alone, per_trial, room
from sat_sweep.execution.ray_tune.fair_share import Claim


class Cluster:
    """Asks Ray, each time anew: nodes come and go."""

    def __init__(self, ray: Any, resources: Resources) -> None:
        self._ray, self._amounts, self._labels = ray, per_trial(resources), resources.labels

    @property
    def shares(self) -> bool:
        """Whether several trials share a device."""
        return alone(self._amounts) != self._amounts

    def claim(self, sweep: str, weight: float) -> Claim:
        """What the sweep with that id would like to have, as far as it is known before it begins: trials like these."""
        return Claim(sweep, 0, 0, self._amounts, self._labels, weight)

    def request(self, *, shared: bool) -> Any:
        """What a trial asks Ray Tune for: its share, or whole devices for one that is to be alone there.

        Labels are an argument of Ray's placement groups, which Ray Tune passes on without knowing them.
        """
        from ray.tune import PlacementGroupFactory

        labels = {"bundle_label_selector": [dict(self._labels)]} if self._labels else {}
        return PlacementGroupFactory([self._amounts if shared else alone(self._amounts)], **labels)

    def nodes(self) -> list[dict[str, Any]]:
        """All that Ray knows of, as it gives them."""
        return list(self._ray.nodes())

    def room(self) -> int:
        """How many trials fit on its nodes at a time."""
        return room(self._ray.nodes(), self._amounts, self._labels)

    def shortage(self) -> str:
        """In words what a trial asks for and what there is."""
        names = dict.fromkeys(["CPU", "GPU", *self._amounts])
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        there = {name: sum(node.get(name, 0.0) for node in nodes) for name in names}
        labels = ", ".join(f"{key}: {value}" for key, value in self._labels.items())
        of_a_kind = f" on a node with {labels}" if labels else ""
        several = f" on {len(nodes)} nodes" if len(nodes) > 1 else ""
        return (f"a trial asks for {_listed({name: self._amounts.get(name, 0.0) for name in names})}{of_a_kind} "
                f"(`resources:`), and Ray has {_listed(there)}{several}")

    def is_there(self, node: str) -> bool:
        """Whether the node with this id still lives; of one that nobody knows that is taken to be so."""
        return all(known["Alive"] for known in self._ray.nodes() if known["NodeID"] == node)

    def node_in(self, words: str) -> str:
        """The id of the node that `words` name, "" if they name none."""
        return next((node["NodeID"] for node in self._ray.nodes() if node["NodeID"] in words), "")


def _listed(amounts: dict[str, float]) -> str:
    *others, last = [f"{amount:g} {_plural(name, amount)}" for name, amount in amounts.items()]
    return f"{', '.join(others)} and {last}"


def _plural(name: str, amount: float) -> str:
    return f"{name}s" if name in ("CPU", "GPU") and amount != 1 else name
