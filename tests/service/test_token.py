"""The one token: made once, for its owner alone."""

from __future__ import annotations

import stat

import pytest

from sat_sweep.errors import UserError
from sat_sweep.service.token import keep_token, kept_token, token_file


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
