"""MLflow's server for those who have a password: `python -m sat_sweep.tracking.server HOST PORT NAMES WORKERS`.

NAMES are those by which browsers may call it, each with its port, separated by commas; WORKERS how many processes
answer. The database is in the variable MLFLOW_BACKEND_STORE_URI, the first user and the password of that in
MLFLOW_AUTH_ADMIN_USERNAME and MLFLOW_AUTH_ADMIN_PASSWORD, now and at every later start. Further users, and reports
where the database is on another machine, are kept in the folder in which it is started.
"""

from __future__ import annotations

import os
import secrets
import sys
from importlib import resources

from sat_sweep.home.databases import opening
from sat_sweep.imports.collector import no_collection
from sat_sweep.tracking.experiment import artifact_folder
from sat_sweep.tracking.ui import ENVIRONMENT


def main(host: str, port: str, names: str, workers: str) -> None:
    """Make the database if there is none, and serve it."""
    database = os.environ["MLFLOW_BACKEND_STORE_URI"]
    settings = resources.files("sat_sweep.tracking").joinpath("basic_auth.ini")
    os.environ.update({**ENVIRONMENT, "MLFLOW_AUTH_CONFIG_PATH": str(settings)})
    os.environ.setdefault("MLFLOW_FLASK_SERVER_SECRET_KEY", secrets.token_hex(24))
    with no_collection():
        from mlflow import MlflowClient
        from mlflow.cli import cli

        with opening(database, filled_last="experiments"):
            MlflowClient(tracking_uri=database).search_experiments(max_results=1)
        set_password(os.environ["MLFLOW_AUTH_ADMIN_USERNAME"], os.environ["MLFLOW_AUTH_ADMIN_PASSWORD"])
    folder = artifact_folder(database)
    cli(["server", "--app-name", "basic-auth", "--host", host, "--port", port, "--workers", workers,
         "--allowed-hosts", names, *(["--artifacts-destination", folder] if folder else []),
         "--uvicorn-opts", "--log-level=warning"])


def set_password(user: str, password: str) -> None:
    """Let `user` have this `password`, if there is such a user: MLflow itself only gives the first one."""
    from mlflow.server.auth.config import read_auth_config
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore()
    store.init_db(read_auth_config().database_uri)
    if store.has_user(user) and not store.authenticate_user(user, password):
        store.update_user(user, password=password)


if __name__ == "__main__":
    main(*sys.argv[1:])
