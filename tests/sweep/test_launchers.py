"""What is kept of a driver, and what it tells."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from sat_sweep.home import Home
from sat_sweep.sweep.launchers import ProcessLauncher, Refused, driver_log, kept_handle, this_process


@pytest.fixture
def sweep(tmp_path):
    return Home(str(tmp_path / "home")).sweep("s")


def test_a_handle_is_found_again(sweep):
    assert kept_handle(sweep) is None
    this_process().keep(sweep)
    assert kept_handle(sweep) == this_process()
    assert this_process().alive() is True


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"launcher": "balloon"}', b'{"launcher": "process", "x": 1}'])
def test_what_is_no_handle_is_none(sweep, content):
    sweep.folder.write("driver.json", content)
    assert kept_handle(sweep) is None


def test_a_process_that_has_ended_or_is_another_one_is_not_the_driver():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert replace(this_process(), pid=ended.pid).alive() is False
    assert replace(this_process(), born="1").alive() is False
    assert replace(this_process(), host="elsewhere").alive() is None


OBEDIENT = """
import sys, time
from sat_sweep.home import Home
from sat_sweep.sweep.launchers import this_process

print("begun", flush=True)
sweep = Home(sys.argv[1]).sweep("s")
this_process().keep(sweep)
while not sweep.stop_requested():
    time.sleep(0.05)
"""
"""A driver that runs until it is asked to stop."""


def test_a_driver_begins_when_it_keeps_its_handle(sweep, monkeypatch):
    monkeypatch.setattr(ProcessLauncher, "command", (sys.executable, "-c", OBEDIENT))
    handle = ProcessLauncher().start(sweep, [str(sweep.folder.path.parent)])
    assert kept_handle(sweep) == handle
    assert driver_log(sweep).startswith("begun")
    assert handle.alive() is True
    handle.stop(sweep)
    os.waitpid(handle.pid, 0)
    assert handle.alive() is False


def test_a_driver_that_refuses_leaves_nothing_and_is_heard(sweep, monkeypatch):
    refusing = "print('the name is taken'); raise SystemExit(2)"
    monkeypatch.setattr(ProcessLauncher, "command", (sys.executable, "-c", refusing))
    with pytest.raises(Refused, match="the name is taken") as refused:
        ProcessLauncher().start(sweep, [])
    assert refused.value.status == 2
    assert not sweep.folder.path.parent.exists()


def test_a_driver_that_breaks_down_leaves_its_words(sweep, monkeypatch):
    monkeypatch.setattr(ProcessLauncher, "command", (sys.executable, "-c", "raise SystemExit('broken')"))
    with pytest.raises(Refused, match="broken"):
        ProcessLauncher().start(sweep, [])
    assert driver_log(sweep) == "broken\n"
