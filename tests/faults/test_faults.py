"""The short form of the campaign: rounds of the kinds that differ most, and what they once have found."""

from __future__ import annotations

import signal

import pytest

from sat_sweep.errors import ExitStatus
from tests.faults.audited import violations
from tests.faults.campaign import Reference, do_round
from tests.faults.disks import can_mount
from tests.faults.kinds import KINDS
from tests.faults.processes import PARTS
from tests.faults.round import a_round

SHORT = ("driver killed", "worker killed", "everything killed", "mirror killed", "SIGTERM", "two launches",
         "state damaged", "result damaged", "studies damaged", "databases locked", "MLflow out from the start",
         "disk full and enlarged", "PostgreSQL restarted", "object store loses")
ROUNDS = [(kind, number) for number, kind in enumerate(SHORT)]


@pytest.mark.parametrize(("kind", "seed"), ROUNDS)
def test_nothing_is_lost_and_nothing_is_wrong(kind: str, seed: int, reference: Reference) -> None:
    if KINDS[kind].how.get("disk") and not can_mount():
        pytest.skip("only root may mount a disk")
    assert do_round(seed, kind, reference)["violations"] == []


@pytest.mark.parametrize("part", ["control service", "raylet"])
def test_a_driver_whose_ray_dies_goes_on_by_itself(part: str, reference: Reference) -> None:
    """In the midst of its trials: where Ray's library is only just connecting, it ends the driver at once."""
    with a_round(0) as this:
        this.start()
        assert this.until(lambda: this.ended_trials() >= 3)
        this.send(signal.SIGKILL, *this.processes(*PARTS[part]))
        this.finish()
        assert violations(this, reference, frozenset({ExitStatus.DONE})) == []
        assert [launch.status for launch in this.launches] == [0]
        assert "Ray is started again" in this.launches[0].said
