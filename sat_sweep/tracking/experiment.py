"""The MLflow experiment of a sweep."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sat_sweep.home import SweepHome

OWNER = "sat_sweep.created"
KIND = {"mlflow.experimentKind": "custom_model_development"}
"""What makes MLflow's pages open on runs and charts instead of on traces of language models."""


def experiment_of(client: Any, uri: str, sweep: SweepHome) -> str:
    """The id of the experiment named like the sweep, made if need be.

    People who share a server may well have sweeps of the same name; then the later one gets a name with a
    number.
    """
    name, known = _found(client, sweep)
    if known is None:
        return str(client.create_experiment(name, artifact_folder(uri), tags={OWNER: _owner(sweep), **KIND}))
    if known.lifecycle_stage == "deleted":
        client.restore_experiment(known.experiment_id)
    return str(known.experiment_id)


def known_experiment(client: Any, sweep: SweepHome) -> str | None:
    """The id of that experiment if it is there and nobody has deleted it; nothing is made."""
    _, known = _found(client, sweep)
    return str(known.experiment_id) if known is not None and known.lifecycle_stage != "deleted" else None


def _found(client: Any, sweep: SweepHome) -> tuple[str, Any]:
    """The experiment's name, and itself if it is there."""
    owner = _owner(sweep)
    for number in itertools.count(1):
        name = sweep.name if number == 1 else f"{sweep.name} ({number})"
        known = client.get_experiment_by_name(name)
        if known is None or known.tags.get(OWNER, "") == owner:
            return name, known
    raise AssertionError("numbers do not end")


def _owner(sweep: SweepHome) -> str:
    record = sweep.describe()
    return str(record.created) if record is not None else ""


def artifact_folder(uri: str) -> str | None:
    """Beside the database if it is an SQLite file; else None, the server then knows best."""
    if not uri.startswith("sqlite:///"):
        return None
    database = Path(unquote(uri.removeprefix("sqlite:///"))).absolute()
    return (database.parent / "mlartifacts").as_uri()
