"""How a service comes up: the supervisor is started, and waited for until every member has answered."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sat_sweep.errors import MachineFailure, UserError
from sat_sweep.service.leftovers import forget
from sat_sweep.service.member_process import log_file
from sat_sweep.service.members import Member
from sat_sweep.service.processes import MARK, end_all
from sat_sweep.service.record import ServiceRecord, read_record
from sat_sweep.service.settings import ServiceSettings

EVERY = 0.2
"""Seconds between two looks at the record."""
PATIENCE = 180.0
"""Seconds that all members have to answer for the first time."""


def bring_up(settings: ServiceSettings, programs: Sequence[Member]) -> ServiceRecord:
    """The service with these settings and `programs`, once they answer.

    Raises UserError if one of them ends instead, MachineFailure if that takes too long; then none of them runs.
    """
    supervisor = _spawn(settings, programs)
    try:
        return _once_up(settings.folder, programs, supervisor)
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(supervisor.pid, signal.SIGKILL)
        end_all(settings.folder, patience=2.0)  # whoever is not up yet has nothing to lose
        forget(settings.folder)
        raise


def _spawn(settings: ServiceSettings, programs: Sequence[Member]) -> subprocess.Popen[bytes]:
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


def _once_up(folder: Path, programs: Sequence[Member], supervisor: subprocess.Popen[bytes]) -> ServiceRecord:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if supervisor.poll() is not None:
            raise MachineFailure(_why(folder, "supervisor", "the process that watches over the service"))
        record = read_record(folder)
        if record is not None and record.supervisor.pid == supervisor.pid:
            if record.is_up:
                return record
            for program in programs:
                if program.name in record.members and record.members[program.name].restarts:
                    raise UserError(_why(folder, program.name, program.title))
        time.sleep(EVERY)
    raise MachineFailure(f"the service did not come up within {PATIENCE:.0f} s; its logs are in {folder}")


def _why(folder: Path, name: str, title: str) -> str:
    """Why a program did not come up: the end of what it wrote."""
    log = log_file(folder, name)
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it wrote nothing")
    return f"{title} did not come up: {last}\nAll that it wrote is in {log}"
