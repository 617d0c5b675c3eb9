"""The short form of the campaign: a round of every kind of fault, and every round that has ever shown a violation."""

from __future__ import annotations

import pytest

from tests.faults.campaign import Reference, do_round
from tests.faults.disks import can_mount
from tests.faults.kinds import KINDS
from tests.faults.round import undisturbed

ROUNDS: dict[str, int] = {kind: number for number, kind in enumerate(KINDS)}
"""The seed of each kind's round."""
ONCE_FOUND: list[tuple[str, int]] = []
"""Rounds that had a violation before something was mended."""


@pytest.fixture(scope="module")
def reference() -> Reference:
    return undisturbed()


@pytest.mark.parametrize(("kind", "seed"), [*ROUNDS.items(), *ONCE_FOUND])
def test_nothing_is_lost_and_nothing_is_wrong(kind: str, seed: int, reference: Reference) -> None:
    if KINDS[kind].how.get("disk") and not can_mount():
        pytest.skip("only root may mount a disk")
    assert do_round(seed, kind, reference)["violations"] == []
