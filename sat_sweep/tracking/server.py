"""MLflow's server for those who have a password: `python -m sat_sweep.tracking.server DATABASE HOST PORT NAMES`.

NAMES are those by which browsers may call it, each with its port, separated by commas. Its first user and the
password of that come from the variables MLFLOW_AUTH_ADMIN_USERNAME and MLFLOW_AUTH_ADMIN_PASSWORD, now and at every
later start; further users are kept in the folder in which it is started.
"""

from __future__ import annotations

import os
import secrets
import sys

from sat_sweep.home.databases import opening
from sat_sweep.imports.collector import no_collection
from sat_sweep.tracking.experiment import artifact_folder
from sat_sweep.tracking.ui import ENVIRONMENT

USERS = "sqlite:///basic_auth.db"
"""Where MLflow's own configuration has them."""


def main(database: str, host: str, port: str, names: str) -> None:
    """Make the database if there is none, and serve it."""
    os.environ.update({**ENVIRONMENT, "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets.token_hex(24),
                       "MLFLOW_BACKEND_STORE_URI": database})
    with no_collection():
        from mlflow import MlflowClient
        from mlflow.cli import cli

        with opening(database, filled_last="experiments"):
            MlflowClient(tracking_uri=database).search_experiments(max_results=1)
        set_password(os.environ["MLFLOW_AUTH_ADMIN_USERNAME"], os.environ["MLFLOW_AUTH_ADMIN_PASSWORD"])
    cli(["server", "--app-name", "basic-auth", "--host", host, "--port", port, "--workers", "1",
         "--allowed-hosts", names, "--artifacts-destination", str(artifact_folder(database)),
         "--uvicorn-opts", "--log-level=warning"])


def set_password(user: str, password: str) -> None:
    """Let `user` have this `password`, if there is such a user: MLflow itself only gives the first one."""
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore()
    store.init_db(USERS)
    if store.has_user(user) and not store.authenticate_user(user, password):
        store.update_user(user, password=password)


if __name__ == "__main__":
    main(*sys.argv[1:])
