"""What is asked of a cluster: one command of sat-sweep, and what it needs to know beside its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SPACE = "space.yaml"
"""What the space file of a `launch` is called where it arrives."""
UPLOADS = "uploads"
"""The folder of what was sent along, in the parcel and in the home: below it a folder for each content."""
JOB_VARIABLE, ADDRESS_VARIABLE = "SAT_SWEEP_JOB", "SAT_SWEEP_CLUSTER"
"""Tell a command by which job it runs, and how the user calls the cluster."""
PLACE = "sat-sweep-uploads://"
"""Stands in a space file that travels for the folder of uploads in the home, which is known on the cluster alone."""
RETURNS = "returns"
"""The folder of files that are sent back."""


@dataclass(frozen=True)
class Request:
    """`arguments` of `sat-sweep`, to be run on a cluster as by the job `job` of the cluster at `address`.

    `home` is the option `--home` as it was given here, `known_home` the one that counts if neither that nor the
    cluster's own environment says another. `version` and `digest` are those of the package that asks, `owner` is who.
    """

    arguments: tuple[str, ...]
    job: str
    address: str
    home: str | None
    known_home: str | None
    version: str
    digest: str
    owner: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Request:
        """The request that `to_json` described."""
        return cls(**{**content, "arguments": tuple(content["arguments"])})


def is_of_cluster(home: str) -> bool:
    """Whether `home` can be one that all nodes see; a relative path is a folder of whoever happens to run."""
    return "://" in home or Path(home).is_absolute()
