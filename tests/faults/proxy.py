"""A proxy that may be out, dying, wrong, hanging, slow, busy or lossy."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

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
