"""What a service is asked to be, and where it keeps what it has to remember."""

from __future__ import annotations

import hashlib
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sat_sweep.errors import UserError
from sat_sweep.home import Home, has_password, redacted
from sat_sweep.home.databases import PREFIX, sqlite_path
from sat_sweep.home.files import LocalFolder
from sat_sweep.home.key import STATE


@dataclass(frozen=True)
class ServiceSettings:
    """A service over the sweeps in `home`, a whole path or a URI.

    It listens on `host`, an address or a name of this machine. `studies` is an Optuna storage URL, which refers to
    passwords in the environment; None: an SQLite file of its own.
    """

    home: str
    host: str = "127.0.0.1"
    ray_port: int = 8265
    mlflow_port: int = 5000
    optuna_port: int = 8080
    studies: str | None = None

    @classmethod
    def asked(cls, home: str, studies: str | None = None, **rest: Any) -> ServiceSettings:
        """The settings with places written out, so that they mean the same to processes elsewhere.

        Raises UserError for a password in `studies` and for a home of an unknown kind.
        """
        folder = Home(home).folder
        if studies is not None and has_password(studies):
            raise UserError(f"a password does not belong into a command: '{redacted(studies)}'; name an environment "
                            "variable in its place, in quotes: '--studies=scheme://${USER}:${PASSWORD}@host/db'")
        path = sqlite_path(studies) if studies is not None else None
        return cls(str(folder.path) if isinstance(folder, LocalFolder) else home.rstrip("/"),
                   studies=f"{PREFIX}{path}" if path is not None else studies, **rest)

    @property
    def folder(self) -> Path:
        """Where token, record and logs lie: in a home that is a folder, else among the user's own files."""
        home = Home(self.home).folder
        if isinstance(home, LocalFolder):
            return home.path / STATE
        base = Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser()
        return base / "sat-sweep" / hashlib.sha256(self.home.encode()).hexdigest()[:16]

    @property
    def databases(self) -> Path:
        """The folder of databases that nobody has named: the home where it is one, as without a service."""
        home = Home(self.home).folder
        return home.path if isinstance(home, LocalFolder) else self.folder

    @property
    def studies_url(self) -> str:
        """Where Optuna's studies are; may refer to variables."""
        return self.studies or f"{PREFIX}{self.databases / 'studies.db'}"

    @property
    def tracking_url(self) -> str:
        """The database of MLflow's records."""
        return f"{PREFIX}{self.databases / 'mlflow.db'}"

    @property
    def is_local(self) -> bool:
        """Whether nobody on another machine can reach it."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> ServiceSettings:
        """The settings that `to_json` described."""
        return cls(**content)
