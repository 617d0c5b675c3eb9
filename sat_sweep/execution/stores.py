"""What workers share and leave behind: where it lies, and the same opened."""

from __future__ import annotations

from typing import NamedTuple

from sat_sweep.home.files import open_folder
from sat_sweep.training import TrajectoryStore
from sat_sweep.training.evidence import EvidenceStore


class Stores(NamedTuple):
    """The trajectory store, and where confirmations leave what they know of the labels; None: there is no such."""

    trajectories: TrajectoryStore | None = None
    evidence: EvidenceStore | None = None


class StorePlaces(NamedTuple):
    """A folder or URI for each of `Stores`."""

    trajectories: str | None = None
    evidence: str | None = None

    def opened(self) -> Stores:
        """The stores there; each process opens them for itself."""
        return Stores(TrajectoryStore(open_folder(self.trajectories)) if self.trajectories else None,
                      EvidenceStore(open_folder(self.evidence)) if self.evidence else None)
