"""Who gets which part of a cluster, each case worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from sat_sweep.execution.ray_tune.fair_share import Claim, fair_shares
from tests.execution.test_capacity import node

CPU = {"CPU": 1.0}


def claim(sweep: str, wants: int, weight: float = 1.0, *, amounts: dict[str, float] = CPU,
          labels: dict[str, str] | None = None) -> Claim:
    return Claim(sweep, wants, 0, amounts, labels or {}, weight)


@pytest.mark.parametrize(("slots", "wanted", "shares"), [
    (8, [("large", 200, 1), ("small", 8, 1)], [4, 4]),
    (8, [("large", 200, 1), ("small", 3, 1)], [5, 3]),  # what one does not want goes to the other
    (8, [("large", 200, 1)], [8]),
    (8, [("large", 200, 1), ("small", 0, 1)], [8, 0]),
    (8, [("a", 2, 1), ("b", 3, 1)], [2, 3]),
    (8, [("heavy", 200, 3), ("light", 200, 1)], [6, 2]),
    (8, [("heavy", 3, 3), ("light", 200, 1)], [3, 5]),
    (10, [("a", 200, 1), ("b", 200, 1), ("c", 2, 1)], [4, 4, 2]),
    (10, [("a", 200, 2), ("b", 200, 1), ("c", 200, 1)], [5, 3, 2]),  # of 2.5 and 2.5 one is rounded up
    (3, [("heavy", 200, 100), ("light", 200, 1)], [2, 1]),  # everybody gets one where there are enough
    (1, [("heavy", 200, 100), ("light", 200, 1)], [1, 0]),
    (2, [("a", 9, 1), ("b", 9, 1), ("c", 9, 1)], [1, 1, 0]),
    (0, [("a", 9, 1)], [0]),
])
def test_workers_are_divided_by_weight(slots: int, wanted: list[tuple[str, int, float]], shares: list[int]) -> None:
    claims = [claim(*each) for each in wanted]
    expected = dict(zip((name for name, *_ in wanted), shares, strict=True))
    assert fair_shares([node(CPU=slots)], claims) == expected
    assert fair_shares([node(CPU=slots)], claims[::-1]) == expected, "whoever computes it, it is the same"


def test_what_counts_is_the_dominant_resource() -> None:
    """The example of the paper: of 9 CPUs and 18 GB, trials of (1 CPU, 4 GB) and of (3 CPUs, 1 GB)."""
    claims = [claim("a", 100, amounts={"CPU": 1.0, "memory": 4.0}),
              claim("b", 100, amounts={"CPU": 3.0, "memory": 1.0})]
    assert fair_shares([node(CPU=9, memory=18)], claims) == {"a": 3, "b": 2}


def test_trials_fit_on_single_nodes() -> None:
    """Three CPUs on each of two nodes: on each a trial of two, and one of one in what that leaves."""
    claims = [claim("wide", 9, amounts={"CPU": 2.0}), claim("narrow", 9)]
    assert fair_shares([node(CPU=3), node(CPU=3)], claims) == {"wide": 2, "narrow": 2}


@pytest.mark.parametrize(("gpus", "count"), [(0.5, 4), (0.4, 4), (0.3, 6), (1 / 3, 6), (1.0, 2), (2.0, 1)])
def test_parts_of_a_gpu_are_parts_of_one(gpus: float, count: int) -> None:
    assert fair_shares([node(CPU=8, GPU=2)], [claim("a", 9, amounts={"CPU": 1.0, "GPU": gpus})]) == {"a": count}


def test_who_may_run_on_some_nodes_alone_shares_those() -> None:
    """Nobody but the free one may have what lies beyond the two CPUs that both may use."""
    nodes = [node(CPU=2, labels={"market": "spot"}), node(CPU=2)]
    claims = [claim("picky", 9, labels={"market": "spot"}), claim("free", 9)]
    assert fair_shares(nodes, claims) == {"picky": 1, "free": 3}


def test_dead_nodes_have_nothing_to_give() -> None:
    nodes: list[dict[str, Any]] = [node(CPU=4), node(CPU=4, alive=False)]
    assert fair_shares(nodes, [claim("a", 9), claim("b", 9)]) == {"a": 2, "b": 2}


def test_a_sweep_that_fits_nowhere_takes_nothing_from_the_others() -> None:
    claims = [claim("greedy", 9, amounts={"CPU": 1.0, "GPU": 1.0}), claim("modest", 9)]
    assert fair_shares([node(CPU=4)], claims) == {"greedy": 0, "modest": 4}
