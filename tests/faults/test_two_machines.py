"""Two machines that run the same sweep in an object store: one at a time does, whoever is killed, stopped or first."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator

import pytest

from sat_sweep.errors import ExitStatus
from sat_sweep.home.lock import driver_of
from tests.faults.audited import violations
from tests.faults.campaign import Reference
from tests.faults.object_stores import home_behind_a_proxy
from tests.faults.proxy import Proxy
from tests.faults.round import PATIENCE, Round, a_round, on_machine

FIRST, SECOND = "first-machine", "second-machine"


@pytest.fixture
def this() -> Iterator[Round]:
    """A round whose home is in an object store."""
    if subprocess.run([*on_machine(FIRST), "true"], capture_output=True).returncode:
        pytest.skip("only root may give a machine a name")
    with home_behind_a_proxy() as how, a_round(0, serial=True, **how) as this:
        yield this


def is_driven_by(this: Round, machine: str) -> bool:
    return (holder := driver_of(this.lab.sweep)) is not None and holder.host == machine


def test_of_two_launches_at_once_one_is_refused_in_a_sentence_and_disturbs_nothing(
        this: Round, reference: Reference) -> None:
    first, first_output = this.start(FIRST), this.output
    second = this.start(SECOND)
    assert this.until(lambda: first.poll() is not None or second.poll() is not None, PATIENCE)
    if first.poll() is not None:
        refused, said, runs, machine = first, first_output.read_text(), second, SECOND
    else:
        refused, machine, runs = second, FIRST, first
        second.wait(PATIENCE)
        said = this.output.read_text()
        this.process, this.output = first, first_output
    assert refused.returncode == ExitStatus.USER_INPUT
    assert f"sweep 'tiny' is being run by process {runs.pid} on {machine}; look at it with" in said
    assert len(said.strip().splitlines()) == 1, said
    assert this.end().status == ExitStatus.DONE
    assert violations(this, reference, frozenset({ExitStatus.DONE})) == []


def test_the_other_machine_takes_over_once_the_lease_of_a_killed_driver_has_run_out(
        this: Round, reference: Reference) -> None:
    this.start(FIRST)
    assert this.until(lambda: this.ended_trials() >= 2)
    this.kill_all()
    this.end()
    this.start(SECOND)
    assert this.end().status == ExitStatus.DONE
    assert violations(this, reference, frozenset({ExitStatus.DONE, -signal.SIGKILL})) == []


def test_a_driver_that_comes_back_notices_that_another_one_has_taken_over_and_writes_nothing(
        this: Round, reference: Reference) -> None:
    """The first is stopped for longer than its lease, and goes on while the second one runs."""
    first, first_output = this.start(FIRST), this.output
    assert this.until(lambda: this.ended_trials() >= 2)
    this.send(signal.SIGSTOP, first.pid)
    stopped, this.proxy = this.proxy, Proxy(this.proxy.target)
    this.environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{this.proxy.port}"
    this.start(SECOND)
    assert this.until(lambda: is_driven_by(this, SECOND))
    before = len(stopped.asked)
    this.send(signal.SIGCONT, first.pid)
    assert first.wait(PATIENCE) == ExitStatus.USER_INPUT
    said = first_output.read_text()
    assert re.search(rf"sweep 'tiny' is now run by process \d+ on {SECOND}; this driver, which was .* has stopped$",
                     said, re.MULTILINE), said
    assert written(stopped.asked[before:]) == []
    assert this.end().status == ExitStatus.DONE
    this.proxy.close()
    assert violations(this, reference, frozenset({ExitStatus.DONE})) == []


def written(asked: list[str]) -> list[str]:
    """The requests that change anything of the sweep but by who holds it, on whose condition those are made."""
    return [line for line in asked if re.match(r"(PUT|POST|DELETE) \S*/tiny/", line) and ".lock.json" not in line]
