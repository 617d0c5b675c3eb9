"""Processes that are killed, stopped or asked to end."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable

from tests.faults.round import Round

PARTS = {"worker": ("ray::ResourceTrainable",), "agent": ("ray::RuntimeEnvAgent",),
         "raylet": ("/raylet/raylet",), "control service": ("gcs_server",),
         "mirror": ("sat_sweep.tracking.process",)}
"""What a launch has started, by words of its command line."""


def kill_driver(this: Round) -> None:
    """kill -9 on the command itself."""
    this.moment()
    if this.process is not None:
        this.process.kill()


def kill_part(part: str) -> Callable[[Round], None]:
    """kill -9 on one process of a kind, once there is one."""
    return kill_one_of(*PARTS[part])


def kill_one_of(*words: str) -> Callable[[Round], None]:
    """kill -9 on one process with these words in its command line, once there is one."""
    return signal_to_one_of(signal.SIGKILL, *words)


def signal_to_one_of(number: int, *words: str) -> Callable[[Round], None]:
    """A signal to one process with these words in its command line, once there is one."""

    def send(this: Round) -> None:
        this.moment()
        this.until(lambda: this.processes(*words), patience=60)
        if found := this.processes(*words):
            this.send(number, this.choice.choice(found))

    return send


def kill_everything(this: Round) -> None:
    """As a power cut would, but for what the disk loses."""
    this.moment()
    this.kill_all()


def kill_again_and_again(this: Round) -> None:
    """Some part or other, three to five times, through several launches."""
    for _ in range(this.choice.randint(3, 5)):
        if not this.alive:
            if this.process is not None:
                this.end()
            this.start()
        wait = time.monotonic() + this.choice.uniform(1, 12)
        this.until(lambda wait=wait: time.monotonic() > wait)
        words = this.choice.choice([*PARTS.values(), None])
        if words is None and this.process is not None:
            this.process.kill()
        elif words is not None and (found := this.processes(*words)):
            this.send(signal.SIGKILL, this.choice.choice(found))


def ask(*signals: int) -> Callable[[Round], None]:
    """Signals to the command, half a second apart."""

    def send(this: Round) -> None:
        this.moment()
        for number in signals:
            if this.alive and this.process is not None:
                this.process.send_signal(number)
            time.sleep(0.5)

    return send


def stop_for_a_while(this: Round) -> None:
    """SIGSTOP for as long as the round's `pause` on the command or on one of its processes, then SIGCONT."""
    this.moment()
    if this.process is None:
        return
    pids = [this.process.pid, *this.processes(*this.choice.choice([*PARTS.values()]))]
    pid = this.choice.choice(pids)
    this.send(signal.SIGSTOP, pid)
    time.sleep(this.choice.uniform(this.pause / 3, this.pause))
    this.send(signal.SIGCONT, pid)


def launch_twice(this: Round) -> None:
    """A second launch of the same file beside the first is refused in a sentence, and disturbs nothing."""
    this.moment()
    second = subprocess.run(this.command("launch", "space.yaml", "--yes", "--serial"), cwd=this.folder,
                            env=this.variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    if second.returncode == 2:
        assert "is being run by process" in second.stderr, second.stderr
    else:  # it came first, or after the end
        assert second.returncode == 0, second.stderr
