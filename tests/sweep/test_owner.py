"""Who asks for a sweep, from wherever."""

from __future__ import annotations

import getpass
import os
import socket

import pytest

from sat_sweep.home.record import SweepRecord
from sat_sweep.sweep.launchers import asking_user
from sat_sweep.sweep.launchers.owner import OWNER_VARIABLE


@pytest.fixture(autouse=True)
def _nobody_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OWNER_VARIABLE, raising=False)


def test_it_is_the_user_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "ada")
    assert asking_user() == f"ada@{socket.gethostname()}"


def test_a_user_without_a_name_has_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise KeyError(4711)

    monkeypatch.setattr(getpass, "getuser", unknown)
    assert asking_user() == f"{os.getuid()}@{socket.gethostname()}"


def test_people_who_share_a_user_may_say_who_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OWNER_VARIABLE, "ada")
    assert asking_user() == "ada"


def test_records_of_before_have_no_owner() -> None:
    content = SweepRecord("s", owner="ada@laptop").to_json()
    assert SweepRecord.from_json(content).owner == "ada@laptop"
    del content["owner"]
    assert SweepRecord.from_json(content).owner == ""
