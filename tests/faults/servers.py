"""A proxy that may be out, dying, wrong, hanging, slow, busy or lossy, and an MLflow server behind it."""

from __future__ import annotations

import os
import random
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
BUSY = (b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/xml\r\nContent-Length: 92\r\n"
        b"Connection: close\r\n\r\n"
        b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Reduce your rate</Message></Error>")
SLOW = 1.0
"""Seconds by which every connection is late."""
LATE = 0.5
"""Seconds by which an answer is late at most."""
SHARE = 0.15
"""Of so many requests something goes wrong, where it does of some alone."""
REQUEST, ANSWER = (b"GET ", b"PUT ", b"POST ", b"HEAD ", b"DELETE "), b"HTTP/1."
CONTINUE = b"HTTP/1.1 100"
"""No answer yet, but leave to send the rest of the request."""


class Proxy:
    """Passes what it gets on to `port`, as its `mode` allows: passes, refuses, wrong, hangs or slow.

    `late` it holds every answer back for a little. Of a SHARE of requests: `busy` it says that the server is, and
    `loses` it passes them on and ends the connection when the answer comes. `choice` draws which.
    """

    def __init__(self, port: int, choice: random.Random | None = None) -> None:
        self.mode, self.target, self._choice = "passes", port, choice or random.Random(0)
        self.asked: list[str] = []
        """The first line of every request that was passed on, "PUT /bucket/key HTTP/1.1"."""
        self.lost = 0
        """How many answers were lost."""
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
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            self._open.append(server)
            back = threading.Thread(target=_copy, args=[server, connection, self._lets_answer_through], daemon=True)
            back.start()
            _copy(connection, server, lambda content: self._lets_request_through(content, connection))
            back.join()

    def _lets_request_through(self, content: bytes, connection: socket.socket) -> bool:
        if not content.startswith(REQUEST):
            return True
        if self.mode != "busy" or self._choice.random() >= SHARE:
            self.asked.append(content.partition(b"\r\n")[0].decode(errors="replace"))
            return True
        connection.sendall(BUSY)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1 << 16):  # what the client still sends; closed on it, it would not read the answer
            pass
        return False

    def _lets_answer_through(self, content: bytes) -> bool:
        if not content.startswith(ANSWER) or content.startswith(CONTINUE):
            return True
        if self.mode == "late":
            time.sleep(self._choice.uniform(0, LATE))
        if self.mode != "loses" or self._choice.random() >= SHARE:
            return True
        self.lost += 1
        return False


def _copy(source: socket.socket, target: socket.socket, lets_through: Callable[[bytes], bool]) -> None:
    """Until one side ends, or something is not let through, which ends both."""
    with suppress(OSError):
        while content := source.recv(1 << 16):
            if not lets_through(content):
                for end in (source, target):
                    end.shutdown(socket.SHUT_RDWR)
                return
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
