"""Passwords are used to connect and shown nowhere."""

from __future__ import annotations

import pytest

from sat_sweep.errors import UserError
from sat_sweep.home import Home, expanded, has_password, redacted

OPEN = [
    ("postgresql://sat:pw@db/x", "postgresql://***@db/x"),
    ("postgresql+psycopg://sat:p@w/or:d@db:5432/x", "postgresql+psycopg://***@db:5432/x"),
    ("postgresql://${PGUSER}:pw@db/x", "postgresql://***@db/x"),
    ("postgresql://:pw@db/x", "postgresql://***@db/x"),
    ("https://token@mlflow.example.org/a", "https://***@mlflow.example.org/a"),
    ("postgresql://db/x?user=sat&password=pw&sslmode=require", "postgresql://db/x?user=sat&password=***&sslmode=require"),
    ("https://host/a?access_token=pw", "https://host/a?access_token=***"),
]
CLOSED = ["postgresql://${PGUSER}:${PGPASSWORD}@db/x", "postgresql://sat:${PW}@db/x", "postgresql://sat@db/x", "${URL}",
          "https://host:5000/a@b", "sqlite:////data/me@work/mlflow.db", "s3://bucket/sweeps", "sweeps",
          "postgresql://db/x?password=${PW}", "https://host/a?x=1"]


@pytest.mark.parametrize(("address", "seen"), OPEN)
def test_a_password_is_found_and_not_shown(address, seen):
    assert has_password(address)
    assert redacted(address) == seen
    assert redacted(f"cannot reach '{address}', nor {address} today") == f"cannot reach '{seen}', nor {seen} today"


@pytest.mark.parametrize("address", CLOSED)
def test_what_has_no_password_is_shown_as_it_is(address):
    assert not has_password(address)
    assert redacted(f"at {address} today") == f"at {address} today"


def test_variables_are_put_in_to_connect(monkeypatch):
    monkeypatch.setenv("PGUSER", "sat")
    monkeypatch.setenv("PGPASSWORD", "p@ss/w:rd")
    monkeypatch.setenv("PLACE", "db:5432/x")
    assert expanded("postgresql://${PGUSER}:${PGPASSWORD}@${PLACE}") == "postgresql://sat:p%40ss%2Fw%3Ard@db:5432/x"
    assert expanded("sqlite:////h/a.db") == "sqlite:////h/a.db"


def test_a_variable_that_is_not_set_is_named(monkeypatch):
    monkeypatch.delenv("PGPASSWORD", raising=False)
    with pytest.raises(UserError, match=r"needs the environment variable PGPASSWORD, not set here"):
        expanded("postgresql://sat:${PGPASSWORD}@db/x")


def test_the_space_file_of_an_older_version_is_shown_without_its_password(tmp_path):
    sweep = Home(str(tmp_path)).sweep("old")
    text = "storage: {studies: postgresql://sat:secret@db/x}\ntracking: {uri: 'https://me:secret@host'}\n"
    sweep.folder.write("space.yaml", text.encode())
    assert "secret" not in sweep.space_text()
    assert "postgresql://***@db/x" in sweep.space_text()
