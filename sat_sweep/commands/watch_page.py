"""`watch --page`: a page on this machine alone, which refreshes itself while a sweep runs and then has its report."""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any

from sat_sweep.commands.output import say
from sat_sweep.errors import UserError
from sat_sweep.home.status import Status
from sat_sweep.sweep.telling import columns, failure_words, life_words, progress_words, rows, sharing_words

LOOPBACK = "127.0.0.1"


class PageServer(ThreadingHTTPServer):
    """Serves the page of the sweep whose `status` is asked for each time, and its `report` once there is one.

    It hears this machine alone, and of those who are on it whoever was told its address: a part of that is secret.
    Raises UserError where the `port` is taken; 0 takes any that is free.
    """

    daemon_threads = True

    def __init__(self, status: Callable[[], Status | None], report: Callable[[], bytes | None], port: int) -> None:
        try:
            super().__init__((LOOPBACK, port), _Answers)
        except OSError as error:
            raise UserError(f"the page cannot be served at port {port}: {error.strerror}; "
                            "--port 0 takes any that is free") from error
        self.status, self.report = status, report
        self.secret = secrets.token_urlsafe(16)

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{LOOPBACK}:{self.server_port}/{self.secret}/"

    def serve(self) -> None:
        """Until Ctrl-C."""
        say(f"The page is at {self.address} until Ctrl-C, which does not end the sweep.")
        try:
            self.serve_forever()
        except KeyboardInterrupt:
            say("the page has ended")
        finally:
            self.server_close()


class _Answers(BaseHTTPRequestHandler):
    server: PageServer

    def do_GET(self) -> None:
        """A page of elsewhere whose name was made to mean this machine is told nothing: its Host is another."""
        own = (f"{LOOPBACK}:{self.server.server_port}", f"localhost:{self.server.server_port}")
        begin = f"/{self.server.secret}/"
        if self.headers.get("Host") not in own:
            self._answer(403, "text/plain", b"another host is meant")
        elif not hmac.compare_digest(self.path[:len(begin)].encode(), begin.encode()):
            self._answer(403, "text/plain", b"the address of the page has more to it")
        else:
            self._show(self.path[len(begin):])

    def _show(self, name: str) -> None:
        if name == "":
            page = resources.files("sat_sweep.commands").joinpath("watch_page.html").read_bytes()
            self._answer(200, "text/html; charset=utf-8", page)
        elif name == "status" and (status := self.server.status()) is not None:
            told = shown(status, time.time(), report=self.server.report() is not None)
            self._answer(200, "application/json", json.dumps(told).encode())
        elif name == "report.html" and (report := self.server.report()) is not None:
            self._answer(200, "text/html; charset=utf-8", report)
        else:
            self._answer(404, "text/plain", b"there is nothing here yet")

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(content))),
                            ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
                            ("Referrer-Policy", "no-referrer")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nobody wants to read each request."""


def shown(status: Status, now: float, *, report: bool) -> dict[str, Any]:
    """What the page shows at the time `now`; `report` says whether there is one."""
    status = status.at(now)
    share = status.work.share if status.work else status.ended / max(1, status.budget)
    return {"sweep": status.sweep, "state": status.state, "progress": progress_words(status, now), "share": share,
            "sharing": sharing_words(status), "life": life_words(status, now), "columns": columns(status),
            "rows": rows(status), "failures": failure_words(status), "report": report}
