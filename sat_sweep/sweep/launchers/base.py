"""The handle of a driver: kept in the home, it tells whoever looks whether the driver lives and what it wrote."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, TypeVar

from sat_sweep.errors import SatSweepError
from sat_sweep.home import SweepHome
from sat_sweep.home.plain import has_plain_fields
from sat_sweep.registry import Registry

FILE = "driver.json"


class Handle(ABC):
    """One driver of one sweep, however it was started."""

    launcher: ClassVar[str]
    """Names the kind of handle in the home."""

    @abstractmethod
    def alive(self) -> bool | None:
        """Whether the driver runs; None where that cannot be told from here."""

    @abstractmethod
    def log(self, sweep: SweepHome) -> str:
        """What the driver has written so far, "" where that is not kept."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """What the home keeps."""

    @classmethod
    @abstractmethod
    def from_json(cls, content: dict[str, Any]) -> Handle:
        """The handle that `to_json` described."""

    def stop(self, sweep: SweepHome) -> None:
        """Ask the driver to stop at the next epochs' end; it finds the request in the home."""
        sweep.request_stop()

    def keep(self, sweep: SweepHome) -> None:
        """Write it into the home, in place of the last driver's."""
        content = {"launcher": self.launcher, **self.to_json()}
        sweep.folder.write(FILE, json.dumps(content).encode())


handles: Registry[type[Handle]] = Registry("launcher", "sat_sweep.sweep.launchers")
H = TypeVar("H", bound=type[Handle])


def register(kind: H) -> H:
    """Make a kind of handle known by its launcher."""
    handles.add(kind.launcher, kind)
    return kind


class Launcher(Protocol):
    """Starts drivers somewhere else than here."""

    def start(self, sweep: SweepHome, arguments: Sequence[str]) -> Handle:
        """Start a driver of `sweep` with the `arguments` of a `sat-sweep` command; it has begun when this returns.

        Raises Refused if it ends before it holds the sweep.
        """


class Refused(SatSweepError):
    """The driver ended before it had begun, with `status`; the message is what it said."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


def kept_handle(sweep: SweepHome) -> Handle | None:
    """The handle of the last driver of `sweep`; None where none is kept, or none that this version knows."""
    try:
        content: dict[str, Any] = json.loads(sweep.folder.read(FILE) or b"{}")
        kind = content.pop("launcher", None)
        handle = handles[kind].from_json(content) if isinstance(kind, str) and kind in handles else None
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return None
    return handle if handle is not None and has_plain_fields(handle) else None
