"""MLflow's pages over local records: `python -m sat_sweep.tracking.ui URI PORT`.

By itself `mlflow ui` starts four web workers and a dozen job processes, 250 MB each, for services we do not use.
"""

from __future__ import annotations

import os
import sys

ENVIRONMENT = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}


def server_command(uri: str, port: str) -> list[str]:
    """MLflow's own command, reachable from this machine alone."""
    return [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", uri, "--host", "127.0.0.1",
            "--port", port, "--workers", "1"]


def main(arguments: list[str]) -> None:
    """Become the server, so that signals reach it."""
    command = server_command(*arguments)
    os.execve(command[0], command, {**os.environ, **ENVIRONMENT})


if __name__ == "__main__":
    main(sys.argv[1:])
