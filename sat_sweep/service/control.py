"""Start a service, find it, stop it: from any terminal, as often as one likes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sat_sweep.errors import MachineFailure, UserError
from sat_sweep.home import Home, expanded
from sat_sweep.home.lock import locked
from sat_sweep.service.checks import check_packages, check_ports
from sat_sweep.service.leftovers import end_leftovers
from sat_sweep.service.member_process import log_file
from sat_sweep.service.members import Member, members
from sat_sweep.service.processes import MARK, end_all
from sat_sweep.service.record import FILE, ServiceRecord, read_record
from sat_sweep.service.settings import ServiceSettings
from sat_sweep.service.token import keep_token

Say = Callable[[str], None]
LOCK = "serve.lock"
EVERY = 0.2
"""Seconds between two looks at the record."""
PATIENCE = 180.0
"""Seconds that all members have to answer for the first time."""


def running(folder: Path) -> ServiceRecord | None:
    """The service that keeps its state in `folder`, None if none runs."""
    record = read_record(folder)
    return record if record is not None and record.is_alive else None


def start(settings: ServiceSettings, say: Say) -> ServiceRecord:
    """The service with these settings, started and up, or as it stands if it runs already.

    Raises UserError where something is missing or taken, where the service of this home runs with other settings, or
    where a member does not come up: then nothing runs. `say` gets a line for whatever takes a while.
    """
    folder = settings.folder
    with _alone(folder):
        if (known := running(folder)) is not None:
            if known.settings != settings:
                raise UserError(f"the service of {settings.home} runs already, with other settings; stop it first")
            return known
        _refuse_elsewhere(settings)
        end_leftovers(folder, say)
        programs = members(settings, token="")
        _check(settings, programs)
        keep_token(folder)
        say("starting " + ", ".join(program.title for program in programs))
        try:
            return _once_up(folder, programs, _spawn(settings, programs))
        except BaseException:
            _end(folder)
            raise


def stop(folder: Path, say: Say) -> bool:
    """Stop the service that keeps its state in `folder`, and what one that was killed has left; whether there was any.

    Running sweeps are asked to stop and waited for. If this is interrupted, the service goes on stopping by itself.
    """
    if not folder.exists():
        return False
    with _alone(folder):
        if (known := running(folder)) is None:
            return end_leftovers(folder, say)
        os.kill(known.supervisor.pid, signal.SIGTERM)
        awaited: tuple[str, ...] | None = ()
        while (record := running(folder)) is not None:
            if record.awaited != awaited and (awaited := record.awaited):
                say(_waiting(awaited))
            time.sleep(EVERY)
        end_leftovers(folder, say)  # it was killed meanwhile
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


def _refuse_elsewhere(settings: ServiceSettings) -> None:
    """A home that several machines share has one service; of another machine's processes nothing is known here."""
    record = read_record(settings.folder)
    if record is not None and not record.supervisor.is_here:
        raise UserError(f"{settings.home} is served from {record.supervisor.host}: stop it there; if that machine is "
                        f"gone, remove {settings.folder / FILE}")


def _check(settings: ServiceSettings, programs: tuple[Member, ...]) -> None:
    check_packages()
    check_ports(programs)
    Home(settings.home).folder.check()
    expanded(settings.studies_url)


def _spawn(settings: ServiceSettings, programs: tuple[Member, ...]) -> subprocess.Popen[bytes]:
    """The supervisor, which no terminal holds; logs begin anew."""
    folder = settings.folder
    for program in programs:
        log_file(folder, program.name).unlink(missing_ok=True)
    with log_file(folder, "supervisor").open("wb") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "sat_sweep.service.supervisor"], cwd=folder, env={**os.environ, MARK: str(folder)},
            stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
    assert supervisor.stdin is not None
    with supervisor.stdin as pipe:
        pipe.write(json.dumps(settings.to_json()).encode())
    return supervisor


def _once_up(folder: Path, programs: tuple[Member, ...], supervisor: subprocess.Popen[bytes]) -> ServiceRecord:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and supervisor.poll() is None:
        record = running(folder)
        if record is not None and record.is_up:
            return record
        died = [name for name, member in record.members.items() if member.restarts] if record is not None else []
        for program in programs:
            if program.name in died:
                raise UserError(_did_not(folder, program.name, program.title))
        time.sleep(EVERY)
    if supervisor.poll() is not None:
        raise MachineFailure(_did_not(folder, "supervisor", "The process that watches over the service"))
    raise MachineFailure(f"the service did not come up within {PATIENCE:.0f} s; its logs are in {folder}")


def _did_not(folder: Path, name: str, title: str) -> str:
    log = log_file(folder, name)
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it wrote nothing")
    return f"{title} did not come up: {last}\nAll that it wrote is in {log}"


def _end(folder: Path) -> None:
    """Whoever is not up yet has nothing to lose."""
    if (known := running(folder)) is not None:
        with suppress(ProcessLookupError):
            os.kill(known.supervisor.pid, signal.SIGKILL)
    end_all(folder)


def _waiting(sweeps: tuple[str, ...]) -> str:
    return f"waiting for {', '.join(sweeps)}: trials end with the epochs that they are in"
