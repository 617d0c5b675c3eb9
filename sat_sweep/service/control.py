"""Start a service, find it, stop it: from any terminal, as often as one likes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sat_sweep.errors import UserError
from sat_sweep.home import Home, expanded
from sat_sweep.home.lock import locked
from sat_sweep.service.checks import check_packages, check_ports
from sat_sweep.service.leftovers import end_leftovers
from sat_sweep.service.members import Member, members
from sat_sweep.service.record import FILE, ServiceRecord, read_record
from sat_sweep.service.settings import ServiceSettings
from sat_sweep.service.startup import bring_up
from sat_sweep.service.sweeps import say_once
from sat_sweep.service.token import keep_key, keep_token

Say = Callable[[str], None]
LOCK = "serve.lock"
EVERY = 0.2
"""Seconds between two looks at the record."""


def running(settings: ServiceSettings) -> ServiceRecord | None:
    """The service of this home, None if none runs; raises UserError where another machine has it.

    A home that several machines share has one service, and of another machine's processes nothing is known here.
    """
    record = read_record(settings.folder)
    if record is not None and not record.supervisor.is_here:
        raise UserError(f"{settings.home} is served from {record.supervisor.host}: ask there; if that machine is gone, "
                        f"remove {settings.folder / FILE}")
    return record if record is not None and record.is_alive else None


def start(settings: ServiceSettings, say: Say) -> ServiceRecord:
    """The service with these settings, started and up, or as it stands if it runs already.

    Raises UserError where something is missing or taken, where the service of this home runs with other settings, or
    where a member does not come up: then nothing runs. `say` gets a line for whatever takes a while.
    """
    with _alone(settings.folder):
        if (known := running(settings)) is not None:
            if known.settings != settings:
                raise UserError(f"the service of {settings.home} runs already, with other settings; stop it first")
            return known
        end_leftovers(settings.folder, say)
        programs = members(settings, token="")
        _check(settings, programs)
        keep_token(settings.folder)
        keep_key(settings.folder, Home(settings.home))
        say("starting " + ", ".join(program.title for program in programs))
        return bring_up(settings, programs)


def stop(settings: ServiceSettings, say: Say) -> bool:
    """Stop the service of this home, and what one that was killed has left; whether there was any.

    Running sweeps are asked to stop and waited for. If this is interrupted, the service goes on stopping by itself.
    Raises UserError as `running` does.
    """
    if not settings.folder.exists():
        return False
    with _alone(settings.folder):
        if (known := running(settings)) is None:
            return end_leftovers(settings.folder, say)
        os.kill(known.supervisor.pid, signal.SIGTERM)
        tell = say_once(say)
        while known.is_alive:
            tell((read_record(settings.folder) or known).awaited or ())
            time.sleep(EVERY)
        end_leftovers(settings.folder, say)  # it was killed meanwhile
        return True


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else starts or stops the service meanwhile; where nothing came of it, no folder is left."""
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        with locked(folder / LOCK):
            yield
    finally:
        if made and [path.name for path in folder.iterdir()] == [LOCK]:
            (folder / LOCK).unlink()
            with suppress(OSError):  # somebody has begun to use it
                for place in made:
                    place.rmdir()


def _check(settings: ServiceSettings, programs: Sequence[Member]) -> None:
    check_packages()
    check_ports(programs)
    Home(settings.home).folder.check()
    expanded(settings.studies_url)
