"""One round: a sweep under way, broken at a moment that a seed decides, and brought to its end."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.execution import sweeps
from tests.execution.sweeps import Lab, descendants

ROOT = Path(__file__).parents[2]
METHODS, WORKERS = ("ce", "sat+reset"), 2
SPACE = re.sub(r"methods: .*", f"methods: [{', '.join(METHODS)}]", sweeps.SPACE)
"""The sweep of tests/execution with half of its methods."""
ALL = 1 + sweeps.TRIALS + sweeps.SEEDS * len(METHODS)
"""Trials in all; plain cross-entropy has nothing to search."""
PATIENCE = 300.0
"""Seconds in which a launch must end, however it ends."""
RELAUNCHES = 5
SECONDS = 12.0
"""In so many seconds from its start something is broken, where the moment is a time."""
MARK = "SAT_SWEEP_ROUND"


@dataclass(frozen=True)
class Launch:
    """A launch that has ended: its status (negative: the signal that ended it) and what it said."""

    status: int
    said: str


@dataclass(frozen=True)
class ShortLab(Lab):
    """A lab whose home has a short name, or is `elsewhere`."""

    elsewhere: str = ""

    @property
    def home(self) -> Path:
        return self.folder / "h"

    @property
    def place(self) -> str:
        return self.elsewhere or super().place


@dataclass
class Round:
    """A sweep in a folder of its own; `choice` draws everything that is left to chance.

    `serial` leaves Ray out. `text` is the space file, `environment` what its processes get besides.
    """

    seed: int
    serial: bool = False
    text: str = SPACE
    environment: dict[str, str] = field(default_factory=dict)
    launches: list[Launch] = field(default_factory=list)
    proxy: Any = None
    """What stands between the sweep and a server, if anything does."""
    server: Any = None
    """A server that the sweep needs and that can be broken itself, if there is one."""
    disk: str = ""
    """How large the disk of the home is, such as 64m; "" for a home like any other."""
    elsewhere: str = ""
    """The URI of a home in an object store; "" for one on the disk."""
    patience: float = PATIENCE
    pause: float = 6.0
    """Seconds for which a process is stopped at most."""
    known_at_relaunch: list[tuple[int, set[str]]] = field(default_factory=list)
    """By launch after the first: how many epochs were trained until then, and from which a trial can go on."""

    def __post_init__(self) -> None:
        self.choice = random.Random(self.seed)
        self.folder = Path(tempfile.mkdtemp(prefix="sf-", dir="/tmp"))  # a short path: Ray has sockets in it
        self.lab = ShortLab(self.folder, self.text, self.elsewhere)
        self.home, self.temporary, self.trained = self.lab.home, self.folder / "t", self.folder / "epochs"
        self.temporary.mkdir()
        if self.disk:
            self.home.mkdir()
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.disk}", "sat-sweep", self.home], check=True)
        self.process: subprocess.Popen[str] | None = None
        self.output = self.folder / "err"
        """What the latest launch says."""
        self._starts = 0

    # Running

    @property
    def variables(self) -> dict[str, str]:
        """The environment of everything that is started: a mark to find it by, and places of its own."""
        return {**os.environ, "TMPDIR": str(self.temporary), "RAY_TMPDIR": str(self.temporary),
                "EPOCHS_TRAINED": str(self.trained), MARK: self.folder.name,
                "PYTHONPATH": f"{ROOT / 'tests/faults/watching'}:{ROOT}", **self.environment}

    def command(self, *words: str) -> list[str]:
        """A command on this home."""
        return [sys.executable, "-m", "sat_sweep", *words, "--home", self.lab.place]

    def launching(self) -> list[str]:
        """The command that starts the sweep or goes on with it."""
        space = self.folder / "space.yaml"
        space.write_text(self.text)
        how = ["--serial"] if self.serial else ["--workers", str(WORKERS)]
        return self.command("launch", str(space), "--yes", *how)

    def start(self, machine: str = "") -> subprocess.Popen[str]:
        """Launch, or launch again; on a `machine` of that name if one is given, which takes root's rights."""
        self.output, self._starts = self.folder / f"err{self._starts}", self._starts + 1
        command = [*(on_machine(machine) if machine else []), *self.launching()]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, text=True, cwd=self.folder, env=self.variables, start_new_session=True)
        return self.process

    def end(self) -> Launch:
        """Wait for the end of the launch; one that takes longer is stuck, which is a violation."""
        assert self.process is not None
        try:
            status = self.process.wait(self.patience)
        except subprocess.TimeoutExpired:
            status = STUCK
            self.kill_all()
        said = self.output.read_text(errors="replace")
        self.launches.append(Launch(ENDED_BY_RAY if status == 1 and LAST_WORDS in said else status, said))
        self.process = None
        return self.launches[-1]

    def finish(self) -> None:
        """Wait for the launch that is under way, and launch again until it is done, as its user would."""
        while True:
            if self.process is not None and self.end().status == 0:
                return
            if self.given_up:
                return
            self.relaunch()

    def relaunch(self) -> None:
        """Launch again, and note from where trials can go on."""
        self.known_at_relaunch.append((len(self.trained_epochs()), self.stored_epochs()))
        self.start()

    @property
    def given_up(self) -> bool:
        """Whether its user would not launch it once more."""
        return len(self.launches) > RELAUNCHES

    # How far it is

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ended_trials(self) -> int:
        """How many trials have a result."""
        return sum(1 for entry in self.lab.sweep.folder.inside("results").entries() if entry.key.endswith(".json"))

    def until(self, condition: Callable[[], Any], patience: float = 120.0) -> bool:
        """Wait until `condition` holds, as long as the launch lives; whether it does."""
        end = time.monotonic() + patience
        while self.alive and time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.3 if self.elsewhere else 0.01)  # a store is asked, and has others to answer
        return bool(condition())

    def moment(self, trials: tuple[int, int] = (0, ALL - 1)) -> None:
        """Wait for a moment: a time soon after the start, or one soon after some trial has ended."""
        if trials[0] == 0 and self.choice.random() < 0.3:
            wait = time.monotonic() + self.choice.uniform(0, SECONDS)
            self.until(lambda: time.monotonic() > wait)
            return
        wanted = self.choice.randrange(*trials)
        self.until(lambda: self.ended_trials() >= wanted)
        time.sleep(self.choice.uniform(0, 0.5))

    def trained_epochs(self) -> list[str]:
        """The signature after each epoch that any process has trained, in their order."""
        return self.trained.read_text().split() if self.trained.exists() else []

    def stored_epochs(self) -> set[str]:
        """The signatures of all epochs from which a trial can go on: their states and what these need are sound.

        None is sure in an object store: whoever asks for one may hear an error, and trains rather than waits.
        """
        from sat_sweep.training.trajectory.state import decode

        files = (self.home / "trajectories").rglob("[!.]*.state")
        states = {path.stem: state for path in files if (state := decode(bytearray(path.read_bytes()))) is not None}
        return {name for name, state in states.items() if not state.lacks_best or state.best in states}

    # Its processes

    def processes(self, *words: str) -> list[int]:
        """Descendants of the launch with all of `words` in their command line."""
        found = descendants(self.process.pid) if self.process is not None else {}
        return [pid for pid in found if all(word in command_line(pid) for word in words)]

    def send(self, number: int, *pids: int) -> None:
        """Send a signal to processes that may be gone."""
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def of_this_round(self) -> list[int]:
        """Every process that has this round's mark in its environment, whoever its parent is."""
        return marked(f"{MARK}={self.folder.name}")

    def kill_all(self) -> None:
        """kill -9 on everything at once."""
        self.send(signal.SIGKILL, *self.of_this_round())
        if self.process is not None:
            self.process.wait()

    def strays(self, patience: float = 120.0) -> list[str]:
        """Command lines of processes that are left although nothing runs any more.

        Ray's own agents outlive their session: eleven seconds, or a minute where they were just connecting.
        """
        end = time.monotonic() + patience
        while (left := self.of_this_round()) and time.monotonic() < end:
            time.sleep(0.2)
        return [command_line(pid) for pid in left]

    def close(self) -> None:
        """Nothing is left of the round."""
        self.kill_all()
        if self.disk:
            subprocess.run(["umount", "--lazy", self.home], check=True)
        shutil.rmtree(self.folder, ignore_errors=True)


STUCK = -1000
"""The status of a launch that did not end."""
ENDED_BY_RAY, LAST_WORDS = -1001, "The program will terminate."
"""The status of a launch whose process Ray's library has ended, with these words, without asking anybody.

It does so a minute after its control service was killed in the instant in which the library registers there: it keeps
Python's lock meanwhile, so nothing of the process can act.
"""


@contextmanager
def a_round(seed: int, **how: Any) -> Iterator[Round]:
    """A round that is gone in the end."""
    this = Round(seed, **how)
    try:
        yield this
    finally:
        this.close()


def marked(mark: str) -> list[int]:
    """Every process with this variable in the environment in which it was started."""
    return [pid for pid in _all_processes() if mark.encode() in _environment(pid).split(b"\0")]


def on_machine(name: str) -> list[str]:
    """The words before a command that has it run, in the same process, on what calls itself a machine of that name."""
    return ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', name]


def command_line(pid: int) -> str:
    """How a process was started, "" if it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return ""


def _environment(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes()
    return b""


def _all_processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def undisturbed(serial: bool = True, text: str = SPACE) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Results and report of the sweep that nobody disturbs: what every round must come to."""
    with a_round(0, serial=serial, text=text) as this:
        this.start()
        assert this.end().status == 0, this.launches[-1].said
        return this.lab.results(), this.lab.report()
