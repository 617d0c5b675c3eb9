"""An MLflow server behind a proxy that may be out, dying, wrong, hanging or slow."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.faults.round import SPACE, Round

WRONG = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlost"
SLOW = 1.0
"""Seconds by which every answer is late."""


class Proxy:
    """Passes what it gets on to `port`, as its `mode` allows: passes, refuses, wrong, hangs or slow."""

    def __init__(self, port: int) -> None:
        self.mode, self._to = "passes", port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def change(self, mode: str) -> None:
        """From now on; what is under way is cut off."""
        self.mode = mode
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def close(self) -> None:
        """Listen no more."""
        self.change("refuses")
        self._listening.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        self._open.append(connection)
        with suppress(OSError), connection:
            if self.mode == "wrong":
                connection.recv(1 << 16)
                connection.sendall(WRONG)
            elif self.mode == "hangs":
                while connection.recv(1 << 16):
                    pass
            elif self.mode != "refuses":
                if self.mode == "slow":
                    time.sleep(SLOW)
                self._pass_on(connection)

    def _pass_on(self, connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._to)) as server:
            self._open.append(server)
            back = threading.Thread(target=_copy, args=[server, connection], daemon=True)
            back.start()
            _copy(connection, server)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while content := source.recv(1 << 16):
            target.sendall(content)
        target.shutdown(socket.SHUT_WR)


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
