"""The one token: made once, for its owner alone."""

from __future__ import annotations

import stat

import pytest

from sat_sweep.errors import UserError
from sat_sweep.home import Home, choose_home
from sat_sweep.home.key import KEY_FILE, home_key
from sat_sweep.service import ServiceSettings, members
from sat_sweep.service.token import keep_key, keep_token, kept_token, token_file


@pytest.fixture(autouse=True)
def _no_token(monkeypatch):
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)


def test_it_is_made_once_and_nobody_else_can_read_it(tmp_path):
    folder = tmp_path / "new" / "state"
    keep_token(folder)
    made = kept_token(folder)
    keep_token(folder)
    assert kept_token(folder) == made
    assert len(made) == 48
    assert stat.S_IMODE(token_file(folder).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_two_services_have_two(tmp_path):
    keep_token(tmp_path / "a")
    keep_token(tmp_path / "b")
    assert kept_token(tmp_path / "a") != kept_token(tmp_path / "b")


def test_the_one_of_the_environment_is_taken_at_any_start(tmp_path, monkeypatch):
    keep_token(tmp_path)
    monkeypatch.setenv("RAY_AUTH_TOKEN", "the-token-of-the-team")
    keep_token(tmp_path)
    assert kept_token(tmp_path) == "the-token-of-the-team"


@pytest.mark.parametrize("weak", ["short", "twelve-more-", "with blanks in between"])
def test_one_that_is_no_password_is_refused_and_not_shown(tmp_path, monkeypatch, weak):
    monkeypatch.setenv("RAY_AUTH_TOKEN", weak)
    with pytest.raises(UserError, match="unset RAY_AUTH_TOKEN") as refused:
        keep_token(tmp_path)
    assert weak not in str(refused.value)
    assert not token_file(tmp_path).exists()


# The key of the home


def test_a_home_that_is_new_gets_a_key_that_nobody_else_can_read(tmp_path, monkeypatch):
    state = tmp_path / ".service"
    keep_token(state)
    keep_key(state, Home(str(tmp_path)))
    made = (state / KEY_FILE).read_text()
    assert len(made.strip()) == 64
    assert stat.S_IMODE((state / KEY_FILE).stat().st_mode) == 0o600
    (tmp_path / "sweep").mkdir()
    keep_key(state, Home(str(tmp_path)))
    assert (state / KEY_FILE).read_text() == made
    monkeypatch.setenv("SAT_SWEEP_HOME_KEY", "the key of the whole team")
    keep_key(state, Home(str(tmp_path)))
    assert (state / KEY_FILE).read_text() == "the key of the whole team\n"


def test_one_that_was_used_without_a_key_gets_none(tmp_path):
    keep_token(tmp_path / ".service")
    (tmp_path / "sweep").mkdir()
    keep_key(tmp_path / ".service", Home(str(tmp_path)))
    assert not (tmp_path / ".service" / KEY_FILE).exists()


def test_only_ray_is_told_of_the_key_and_not_what_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("SAT_SWEEP_HOME_KEY", "the key of the whole team")
    settings = ServiceSettings.asked(str(tmp_path))
    keep_token(settings.folder)
    keep_key(settings.folder, Home(str(tmp_path)))
    told = {member.name: member.environment(tmp_path) for member in members(settings, "token")}
    assert not any("the key of the whole team" in variables.values() for variables in told.values())
    assert {name for name, variables in told.items() if "SAT_SWEEP_HOME_KEY_FILE" in variables} == {"ray"}


def test_commands_of_this_machine_find_the_key_of_the_home(tmp_path, monkeypatch):
    for name in ("SAT_SWEEP_HOME_KEY", "SAT_SWEEP_HOME_KEY_FILE"):
        monkeypatch.setenv(name, "")  # so that the test puts back what a command sets
    keep_token(tmp_path / ".service")
    keep_key(tmp_path / ".service", Home(str(tmp_path)))
    file = tmp_path / ".service" / KEY_FILE
    file.chmod(0o644)
    choose_home(str(tmp_path))
    assert home_key() is None, "somebody else may have put it there"
    file.chmod(0o600)
    choose_home(str(tmp_path))
    assert home_key() == file.read_text().strip().encode()
