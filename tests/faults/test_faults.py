"""The short form of the campaign: rounds of the kinds that differ most, and all that have ever shown a violation."""

from __future__ import annotations

import pytest

from tests.faults.campaign import Reference, do_round
from tests.faults.disks import can_mount
from tests.faults.kinds import KINDS
from tests.faults.round import undisturbed

SHORT = ("driver killed", "worker killed", "everything killed", "mirror killed", "SIGTERM", "two launches",
         "state damaged", "result damaged", "studies damaged", "databases locked", "MLflow out from the start",
         "disk full and enlarged")
ROUNDS = [(kind, number) for number, kind in enumerate(SHORT)]
ONCE_FOUND = [("control service killed", 3)]
"""Rounds that had a violation before something was mended."""


@pytest.fixture(scope="module")
def reference() -> Reference:
    return undisturbed()


@pytest.mark.parametrize(("kind", "seed"), [*ROUNDS, *ONCE_FOUND])
def test_nothing_is_lost_and_nothing_is_wrong(kind: str, seed: int, reference: Reference) -> None:
    if KINDS[kind].how.get("disk") and not can_mount():
        pytest.skip("only root may mount a disk")
    assert do_round(seed, kind, reference)["violations"] == []
