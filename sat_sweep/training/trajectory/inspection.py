"""Every file of a trajectory store looked at: which of them can be used."""

from __future__ import annotations

from collections.abc import Iterator

from sat_sweep.home.files import Folder
from sat_sweep.training.trajectory.store import TrajectoryStore


def unusable(folder: Folder) -> Iterator[str]:
    """The keys in `folder` of states and segments that are damaged, or not those that their names say.

    A file that is deleted meanwhile is none.
    """
    store = TrajectoryStore(folder)
    for entry in folder.entries():
        root, _, name = entry.key.rpartition("/")
        signature, _, kind = name.rpartition(".")
        usable = {"state": store.holds_state, "records": lambda *at: bool(store.segment(*at))}.get(kind)
        if usable is not None and not usable(root, signature) and folder.exists(entry.key):
            yield entry.key
