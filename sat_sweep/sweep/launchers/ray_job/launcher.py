"""Commands of sat-sweep as jobs of a Ray cluster, drivers among them."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import sat_sweep
from sat_sweep.errors import ExitStatus
from sat_sweep.execution.ray_jobs import Jobs, JobState
from sat_sweep.settings import digest
from sat_sweep.sweep.launchers.owner import asking_user
from sat_sweep.sweep.launchers.ray_job.arrival import package_digest
from sat_sweep.sweep.launchers.ray_job.follow import Follower, is_stopping
from sat_sweep.sweep.launchers.ray_job.parcel import COMMAND, PACKAGE, SpaceParcel, pack
from sat_sweep.sweep.launchers.ray_job.request import Request, is_of_cluster

SWEEP, HOME, KNOWN_HOME = "sat_sweep", "sat_sweep_home", "sat_sweep_known_home"
"""What a driver's job says of itself: its sweep, the home that was asked for, and the one of its space file."""


class RayJobLauncher:
    """Runs commands on the cluster of `jobs`; `home` is the option that the user gave, or None."""

    def __init__(self, jobs: Jobs, home: str | None = None) -> None:
        self.jobs, self.home = jobs, home

    def driver_of(self, sweep: str) -> JobState | None:
        """The last job that drove the sweep of that name, in the home that was given if one was."""
        drivers = [job for job in self.jobs.all() if job.metadata.get(SWEEP) == sweep
                   and self.home in (None, job.metadata.get(HOME) or job.metadata.get(KNOWN_HOME))]
        return drivers[-1] if drivers else None

    def known_home(self, sweep: str | None) -> str | None:
        """The home of the last driver of `sweep`, or of any sweep, as its job tells; None if none does."""
        homes = [job.metadata.get(HOME) or job.metadata.get(KNOWN_HOME) for job in self.jobs.all()
                 if SWEEP in job.metadata and sweep in (None, job.metadata[SWEEP])]
        return next((home for home in reversed(homes) if home), None)

    def drive(self, sweep: str, arguments: Sequence[str], space: SpaceParcel | None, of_file: str | None,
              follower: Follower, detach: bool) -> tuple[str, JobState | None]:
        """Have `sweep` driven by a job, one that runs or a new one started with `arguments`, and let `follower` follow.

        Returns the job's name and how it ended; with `detach` returns once the sweep has begun, and that is None.
        The name comes from sweep and home, so that two who ask at once get one job. A job that was about to stop is
        waited for, and then followed by a new one.
        """
        running = self.driver_of(sweep)
        known = of_file if of_file and is_of_cluster(of_file) else self.known_home(sweep)
        metadata = {SWEEP: sweep, HOME: self.home or "", KNOWN_HOME: known or ""}
        base = f"sat-sweep-{sweep}-{digest([sweep, self.home or known])[:8]}"
        if running is not None and not running.ended:
            stops = is_stopping(self.jobs.log(running.name))
            state = self._follow(running.name, follower, detach and not stops)
            if state is None or state.exit_status != ExitStatus.INTERRUPTED:
                return running.name, state
        for with_package in (False, True):
            name = self._free_name(base, with_package)
            self._submit(name, arguments, metadata, known, space, with_package)
            state = self._follow(name, follower, detach)
            if not follower.absent:
                break
            self.jobs.forget(name)
        return name, state

    def _follow(self, name: str, follower: Follower, detach: bool) -> JobState | None:
        """How the job has ended; with `detach` None as soon as its sweep has begun."""
        for line in self.jobs.lines(name):
            follower.take(line)
            if detach and follower.begun:
                return None
        return self.jobs.wait(name)

    def run(self, sweep: str | None, arguments: Sequence[str], follower: Follower) -> JobState:
        """Run a command that soon ends and let `follower` have what it writes; how it ended."""
        base = f"sat-sweep-{arguments[0]}-{uuid.uuid4().hex[:12]}"
        known = self.known_home(sweep) or self.known_home(None)
        for with_package in (False, True):
            name = self._free_name(base, with_package)
            self._submit(name, arguments, {}, known, None, with_package)
            state = self.jobs.wait(name)
            follower.take_all(self.jobs.log(name).splitlines())
            self.jobs.forget(name)
            if not follower.absent:
                break
        return state

    def _free_name(self, base: str, with_package: bool) -> str:
        """One that no job has had: Ray ends a job whose name had just been that of another."""
        base, taken = f"{base}-sent" if with_package else base, {job.name for job in self.jobs.all()}
        numbered = (base, *(f"{base}-{number}" for number in range(2, len(taken) + 2)))
        return next(name for name in numbered if name not in taken)

    def _submit(self, name: str, arguments: Sequence[str], metadata: Mapping[str, str], known: str | None,
                space: SpaceParcel | None, with_package: bool) -> None:
        request = Request(tuple(arguments), name, self.jobs.address, self.home, known, sat_sweep.__version__,
                          package_digest(PACKAGE), asking_user())
        with tempfile.TemporaryDirectory(prefix="sat-sweep-") as folder:
            pack(Path(folder), request, space, with_package)
            self.jobs.submit(name, COMMAND, Path(folder), metadata)
