"""The Jobs API of a Ray cluster: commands that run there, though this machine is no part of it."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from sat_sweep.errors import MachineFailure, UserError
from sat_sweep.execution.ray_jobs.address import authorization, reachable, token_refused

STOP_SECONDS = 600
"""How long a job that is stopped through Ray may take to come to a clean end; Ray itself would give it 3 s."""
TALKATIVE = ("ray.dashboard.modules.dashboard_sdk", "ray.dashboard.modules.job.sdk",
             "ray._private.runtime_env.packaging")
OVERRIDES = ("RAY_API_SERVER_ADDRESS", "RAY_ADDRESS")
"""Variables that Ray would take for the address, whatever it is given."""


class JobState(NamedTuple):
    """A job: `status` is pending, running, stopped, succeeded or failed; `exit_status` that of its command."""

    name: str
    status: str
    exit_status: int | None
    metadata: Mapping[str, str]
    message: str = ""

    @property
    def ended(self) -> bool:
        """Whether its command runs no more."""
        return self.status in ("stopped", "succeeded", "failed")


class Jobs:
    """The jobs of the cluster whose dashboard is at `address`, such as http://head:8265.

    Raises UserError where it cannot be used: nothing answers, a token is missing or wrong, TLS fails, another version
    of Ray runs there, or the connection would not be encrypted and `insecure` does not allow that.
    """

    def __init__(self, address: str, insecure: bool = False) -> None:
        self.address = reachable(address, insecure)
        from ray.job_submission import JobSubmissionClient

        for talkative in TALKATIVE:
            logging.getLogger(talkative).setLevel(logging.WARNING)
        with _without(OVERRIDES), _in_words(self.address):
            self._client = JobSubmissionClient(self.address, headers=authorization())

    def submit(self, name: str, command: str, folder: Path, metadata: Mapping[str, str]) -> bool:
        """Start `command` in a copy of `folder` there, under a `name` that is free; False if it is taken."""
        environment = {"RAY_JOB_STOP_WAIT_TIME_S": str(STOP_SECONDS)}
        with _in_words(self.address):
            try:
                self._client.submit_job(
                    entrypoint=command, submission_id=name, metadata=dict(metadata),
                    runtime_env={"working_dir": str(folder), "env_vars": environment})
            except RuntimeError:
                if self.find(name) is None:
                    raise
                return False
        return True

    def find(self, name: str) -> JobState | None:
        """The job of that name, None if the cluster knows none."""
        with _in_words(self.address):
            try:
                return _state(self._client.get_job_info(name))
            except RuntimeError as error:
                if "status code 404" not in str(error):
                    raise
                return None

    def all(self) -> list[JobState]:
        """All submitted jobs that the cluster remembers, the oldest first."""
        with _in_words(self.address):
            known = self._client.list_jobs()
        known = sorted((job for job in known if job.submission_id), key=lambda job: job.start_time or 0)
        return [_state(job) for job in known]

    def log(self, name: str) -> str:
        """Everything that the job has written."""
        with _in_words(self.address):
            return str(self._client.get_job_logs(name))

    def lines(self, name: str) -> Iterator[str]:
        """What the job writes, line by line from its first, until it has ended."""
        begun = ""
        for text in self._chunks(name):
            *whole, begun = (begun + text).split("\n")
            yield from whole
        if begun:
            yield begun

    def _chunks(self, name: str) -> Iterator[str]:
        """The log as it grows; a connection that breaks is made again, and what was read before is passed over."""
        read = 0
        while True:
            skip = read
            with suppress(ConnectionResetError):
                for text in self._connected(name):
                    fresh, skip = text[skip:], max(0, skip - len(text))
                    read += len(fresh)
                    yield fresh
            state = self.find(name)
            if state is None or state.ended:
                yield self.log(name)[read:] if state is not None else ""
                return
            time.sleep(1.0)

    def _connected(self, name: str) -> Iterator[str]:
        loop, end = asyncio.new_event_loop(), object()
        stream = self._client.tail_job_logs(name)
        try:
            while (text := loop.run_until_complete(_next(stream, end))) is not end:
                yield str(text)
        except (RuntimeError, OSError) as error:
            raise ConnectionResetError from error
        finally:
            loop.run_until_complete(stream.aclose())
            loop.close()

    def wait(self, name: str) -> JobState:
        """The job once it has ended; raises MachineFailure if the cluster forgets it."""
        while True:
            state = self.find(name)
            if state is None:
                raise MachineFailure(f"the cluster at {self.address} no longer knows the job {name}")
            if state.ended:
                return state
            time.sleep(0.2)

    def forget(self, name: str) -> None:
        """Remove a job that has ended from the cluster's list."""
        with suppress(Exception):  # the list is only longer then
            self._client.delete_job(name)


def _state(job: Any) -> JobState:
    return JobState(job.submission_id, job.status.value.lower(), job.driver_exit_code, job.metadata or {},
                    job.message or "")


async def _next(stream: Any, end: object) -> Any:
    return await anext(stream, end)


@contextmanager
def _in_words(address: str) -> Iterator[None]:
    """What goes wrong between here and the cluster, once it had answered, in a sentence."""
    try:
        yield
    except (UserError, MachineFailure):
        raise
    except Exception as error:
        if type(error).__name__ == "AuthenticationError":
            raise UserError(token_refused(address)) from None
        raise MachineFailure(f"the cluster at {address} does not do its part: {str(error).splitlines()[0]}") from error


@contextmanager
def _without(names: tuple[str, ...]) -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
