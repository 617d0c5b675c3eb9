"""What a service writes down of itself, for whoever asks whether it runs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from sat_sweep.home.files import LocalFolder
from sat_sweep.home.holder import Holder
from sat_sweep.service.settings import ServiceSettings

FILE = "service.json"


@dataclass(frozen=True)
class MemberState:
    """How a member is: its process, how often it was started anew, and whether it has answered since.

    `waiting` is one that has died and is about to be started again.
    """

    state: Literal["starting", "up", "waiting"] = "starting"
    pid: int | None = None
    restarts: int = 0


@dataclass(frozen=True)
class ServiceRecord:
    """A service: its settings, the process that watches over it, its members by name.

    `awaited` are the sweeps whose end it waits for because it is to stop; None while it is not.
    """

    settings: ServiceSettings
    supervisor: Holder
    members: dict[str, MemberState] = field(default_factory=dict)
    awaited: tuple[str, ...] | None = None

    @property
    def is_alive(self) -> bool:
        """Whether its supervisor is."""
        return self.supervisor.is_alive_here

    @property
    def is_up(self) -> bool:
        """Whether every member has answered."""
        return bool(self.members) and all(member.state == "up" for member in self.members.values())

    def write(self, folder: Path) -> None:
        """Replace what `folder` has."""
        content = {"settings": self.settings.to_json(), "supervisor": vars(self.supervisor), "awaited": self.awaited,
                   "members": {name: asdict(member) for name, member in self.members.items()}}
        LocalFolder(folder).write(FILE, json.dumps(content, indent=1).encode())


def read_record(folder: Path) -> ServiceRecord | None:
    """The record in `folder`, None where there is none that can be read."""
    try:
        content = json.loads(LocalFolder(folder).read(FILE) or b"")
        awaited = content["awaited"]
        return ServiceRecord(
            ServiceSettings.from_json(content["settings"]), Holder(**content["supervisor"]),
            {name: MemberState(**member) for name, member in content["members"].items()},
            None if awaited is None else tuple(awaited))
    except (KeyError, TypeError, ValueError):
        return None
