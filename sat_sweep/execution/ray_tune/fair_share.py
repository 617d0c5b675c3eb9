"""Which part of a cluster each of several sweeps may have: weighted dominant resource fairness, in whole trials.

Ghodsi et al., "Dominant Resource Fairness: Fair Allocation of Multiple Resource Types", NSDI 2011, algorithm 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sat_sweep.execution.ray_tune.capacity import UNIT, Amounts, blocked, matches


@dataclass(frozen=True)
class Claim:
    """What the sweep with the id `sweep` has and would like to have, in trials of which each takes `amounts`.

    `wants` is how many could run side by side now, `holds` how many workers it has. They run on nodes with `labels`
    alone. Of two sweeps that want more than there is, one with twice the `weight` gets twice as much.
    """

    sweep: str
    wants: int
    holds: int
    amounts: Amounts
    labels: Mapping[str, str]
    weight: float = 1.0


def fair_shares(nodes: Iterable[Mapping[str, Any]], claims: Sequence[Claim]) -> dict[str, int]:
    """How many trials of each sweep may run side by side, by its id; `nodes` are as `ray.nodes()` gives them.

    One trial after another is given to the sweep that has the least, as long as it wants one and some node has room.
    What a sweep has is measured by its dominant resource, the one of which it has the greatest part of the cluster,
    and divided by its weight. So each gets one before any gets two, and what one does not want goes to the others.
    """
    free = [(dict(node["Resources"]), node.get("Labels", {})) for node in nodes if node["Alive"]]
    total: Counter[str] = Counter()
    for resources, _ in free:
        total.update(resources)
    given = {claim.sweep: 0 for claim in claims}
    unsatisfied = [claim for claim in claims if claim.wants > 0]
    while unsatisfied:
        poorest = min(unsatisfied, key=lambda claim: _order(claim, given[claim.sweep], _part(claim, total)))
        if given[poorest.sweep] < poorest.wants and _take(free, poorest):
            given[poorest.sweep] += 1
        else:
            unsatisfied.remove(poorest)
    return given


def _order(claim: Claim, trials: int, part: float) -> tuple[float, float, float, str]:
    """Who has least comes first; of equals the weightier, then whose trials are larger and harder to fit in."""
    return trials * part / claim.weight, -claim.weight, -part, claim.sweep


def _part(claim: Claim, total: Amounts) -> float:
    """The part of the cluster that one trial takes of its dominant resource."""
    return max(amount / (total[name] or amount) for name, amount in blocked(claim.amounts).items())


def _take(free: list[tuple[dict[str, float], Mapping[str, str]]], claim: Claim) -> bool:
    """Take room for one trial from the first node that has it; False if none has."""
    amounts = blocked(claim.amounts)
    for resources, labels in free:
        fits = all(resources.get(name, 0.0) > amount - UNIT / 2 for name, amount in amounts.items())
        if fits and matches(labels, claim.labels):
            for name, amount in amounts.items():
                resources[name] -= amount
            return True
    return False
