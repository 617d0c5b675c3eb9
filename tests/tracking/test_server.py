"""What MLflow's server for a team is told."""

from __future__ import annotations

from importlib import resources

import pytest


def test_its_settings_are_mlflows_but_for_passwords_that_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("flask_wtf", reason="MLflow's own server with users needs the extra server")
    monkeypatch.setenv("MLFLOW_AUTH_ADMIN_USERNAME", "me")
    monkeypatch.setenv("MLFLOW_AUTH_ADMIN_PASSWORD", "a password of some length")
    from mlflow.server.auth.config import read_auth_config

    theirs = read_auth_config()
    settings = resources.files("sat_sweep.tracking").joinpath("basic_auth.ini")
    monkeypatch.setenv("MLFLOW_AUTH_CONFIG_PATH", str(settings))
    assert read_auth_config() == theirs._replace(auth_cache_ttl_seconds=60)
