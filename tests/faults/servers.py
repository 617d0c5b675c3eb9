"""An MLflow server that may be out, dying, wrong, hanging or slow."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.faults.proxy import Proxy
from tests.faults.round import SPACE, Round


@contextmanager
def mlflow_server() -> Iterator[int]:
    """The port of an MLflow server on this machine."""
    with tempfile.TemporaryDirectory(prefix="sf-mlflow-") as folder, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
                   "--workers", "1", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
                   "--artifacts-destination", folder]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
                              env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}) as server:
            try:
                _wait(port)
                yield port
            finally:
                server.terminate()


@contextmanager
def mlflow_behind_a_proxy() -> Iterator[dict[str, Any]]:
    """How a round is run whose MLflow is such a server."""
    with mlflow_server() as port:
        proxy = Proxy(port)
        try:
            yield {"text": f"{SPACE}tracking: {{uri: 'http://127.0.0.1:{proxy.port}'}}\n", "proxy": proxy}
        finally:
            proxy.close()


def _wait(port: int) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
            return
        time.sleep(0.2)
    raise AssertionError("MLflow's server has not started")


def out(mode: str, *, from_the_start: bool = False) -> Callable[[Round], None]:
    """MLflow is out, until the sweep has ended or for some seconds; then one launch completes its records."""

    def do(this: Round) -> None:
        if from_the_start:
            this.kill_all()
            this.end()
            this.proxy.change(mode)
            this.start()
        else:
            this.moment()
            this.proxy.change(mode)
        if from_the_start or this.choice.random() < 0.5:
            this.end()
        else:
            time.sleep(this.choice.uniform(1, this.pause))
        this.proxy.change("passes")
        if this.process is None:
            this.start()

    return do
