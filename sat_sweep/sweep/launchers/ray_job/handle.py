"""The handle of a driver that runs as a job of a Ray cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sat_sweep.home import SweepHome
from sat_sweep.sweep.launchers.base import register
from sat_sweep.sweep.launchers.process import ProcessHandle


@register
@dataclass(frozen=True)
class RayJobHandle(ProcessHandle):
    """The process that the job `job` started on `host`."""

    launcher: ClassVar[str] = "ray_job"

    job: str = ""

    def log(self, sweep: SweepHome) -> str:
        """See Handle; the cluster keeps it: `sat-sweep logs NAME --address URL`."""
        return ""
