"""A driver that begins again in its own process."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sat_sweep.errors import MachineFailure
from sat_sweep.sweep.launch import Options
from sat_sweep.sweep.restart import COUNT, MOST, Restart
from tests.cli.making import space_file


class Became(Exception):
    """What the process would have become."""


@pytest.fixture(autouse=True)
def _no_exec(monkeypatch: pytest.MonkeyPatch) -> None:
    def become(program: str, words: list[str], environment: dict[str, str]) -> None:
        raise Became(program, words, environment[COUNT])

    monkeypatch.setattr(os, "execve", become)
    monkeypatch.delenv(COUNT, raising=False)


def restart(reason: str, said: list[str]) -> Restart:
    backend: Any = SimpleNamespace(broken=lambda: reason)
    return Restart(["resume", "tiny"], backend, said.append)


def test_a_sound_backend_is_left_alone() -> None:
    restart("", said := []).tick()
    assert said == []


def test_a_broken_one_is_begun_again_by_the_command_that_goes_on() -> None:
    with pytest.raises(Became) as became:
        restart("Ray's node manager has died", said := []).tick()
    assert became.value.args == (sys.executable, [sys.executable, "-m", "sat_sweep", "resume", "tiny"], "1")
    assert said == ["Ray's node manager has died; Ray is started again, and the sweep goes on from what is stored"]


def test_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(COUNT, str(MOST - 1))
    with pytest.raises(Became):
        restart("dead", []).tick()
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setenv(COUNT, str(MOST))
    restart("dead", said := []).tick()
    assert (ended, said) == ([3], ["dead, after Ray was started 6 times; nothing is lost, `resume` goes on from here"])


@pytest.mark.parametrize(("options", "words"), [
    (Options(), []), (Options(workers=3, share=False), ["--workers", "3", "--no-share"]),
    (Options(address="head:6379"), ["--address", "head:6379"]), (Options(serial=True), ["--serial"])])
def test_it_goes_on_as_it_was_asked_to(options: Options, words: list[str], tmp_path: Path) -> None:
    """By `resume`, whatever the command was: an `extend` that began again would extend once more."""
    from sat_sweep.sweep.order import order_from

    order = order_from(space_file(tmp_path), None, str(tmp_path / "home"))
    assert options.again(order) == ["resume", "tiny", "--home", str(tmp_path / "home"), *words]


def test_whoever_waits_for_the_backend_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that watches sees it; a machine that fails is looked at once more at once."""
    monkeypatch.setattr("sat_sweep.sweep.restart.EVERY", 0.01)
    seen = threading.Event()
    monkeypatch.setattr(os, "execve", lambda *_: seen.set())
    with restart("dead", []).watching():
        assert seen.wait(10)
    seen.clear()
    monkeypatch.setattr("sat_sweep.sweep.restart.EVERY", 1000.0)
    with pytest.raises(MachineFailure), restart("dead", []).watching():
        raise MachineFailure("Ray has said something")
    assert seen.is_set()
