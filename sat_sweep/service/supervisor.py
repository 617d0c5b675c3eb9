"""The process that watches over a service: `python -m sat_sweep.service.supervisor`, settings on standard input.

It starts the members, starts those that die anew, and writes a record. SIGTERM ends it: sweeps are asked to stop
and waited for, then the members end, and nothing is left. A second SIGTERM waits for no sweep.
"""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import replace
from threading import Event

from sat_sweep.home.holder import Holder
from sat_sweep.service.leftovers import forget
from sat_sweep.service.member_process import MemberProcess
from sat_sweep.service.members import members, private_folder
from sat_sweep.service.processes import end_all
from sat_sweep.service.record import ServiceRecord
from sat_sweep.service.settings import ServiceSettings
from sat_sweep.service.sweeps import stop_sweeps
from sat_sweep.service.token import kept_token

EVERY = 0.5
"""Seconds between two looks."""


class Supervisor:
    """Runs the service with these `settings` until it is told to stop."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings, self.folder = settings, settings.folder
        self.processes = [MemberProcess(member, self.folder) for member in members(settings, kept_token(self.folder))]
        self.record = ServiceRecord(settings, Holder.here())
        self._stopping, self._hurried = Event(), Event()

    def hear(self, *_: object) -> None:
        """A signal to stop has come."""
        (self._hurried if self._stopping.is_set() else self._stopping).set()

    def run(self) -> None:
        """Watch, then end everything."""
        forget(self.folder)  # one that was killed
        private_folder(self.folder).mkdir(mode=0o700)
        self.record.write(self.folder)
        while not self._stopping.is_set():
            for process in self.processes:
                process.look()
            self._note(replace(self.record, members={each.member.name: each.state for each in self.processes}))
            self._stopping.wait(EVERY)
        self._stop()

    def _note(self, record: ServiceRecord) -> None:
        if record != self.record:
            record.write(self.folder)
            self.record = record

    def _stop(self) -> None:
        try:
            stop_sweeps(self.settings, lambda names: self._note(replace(self.record, awaited=names)),
                        self._hurried.is_set)
        except OSError as error:
            print(f"sweeps could not be asked to stop: {error}", flush=True)
        sessions = {pid for process in self.processes if (pid := process.state.pid)}  # each member leads one
        for process in self.processes:
            process.end()
        end_all(self.folder, sessions)
        forget(self.folder)


def main() -> None:
    """Run as the leader of a session of its own."""
    supervisor = Supervisor(ServiceSettings.from_json(json.load(sys.stdin)))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, supervisor.hear)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    supervisor.run()


if __name__ == "__main__":
    main()
