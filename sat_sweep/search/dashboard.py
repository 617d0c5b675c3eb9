"""optuna-dashboard for those who have a password: `python -m sat_sweep.search.dashboard PORT`.

By itself it lets everybody on the machine, and every page in their browsers, read and delete studies. The storage, the
user and the password come from the variables SAT_SWEEP_STUDIES, SAT_SWEEP_DASHBOARD_USER and _PASSWORD.
"""

from __future__ import annotations

import hmac
import os
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from sat_sweep.errors import UserError
from sat_sweep.home import redacted
from sat_sweep.home.layout import STUDIES_VARIABLE
from sat_sweep.search.study_storage import open_storage

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""What WSGI calls one: the request's variables and the function that begins the answer."""


def guarded(application: Application, user: str, password: str) -> Application:
    """`application` for whoever gives this name and password, by HTTP's basic authentication."""
    pair = b64encode(f"{user}:{password}".encode()).decode()

    def guard(variables: dict[str, Any], begin: Callable[..., Any]) -> Iterable[bytes]:
        if hmac.compare_digest(variables.get("HTTP_AUTHORIZATION", "").encode(), f"Basic {pair}".encode()):
            return application(variables, begin)
        begin("401 Unauthorized", [("WWW-Authenticate", 'Basic realm="sat-sweep"'), ("Content-Type", "text/plain")])
        return [b"the token is the password\n"]

    return guard


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    """Requests are not written down."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


def main(port: str) -> None:
    """Serve the studies on this machine's loopback, until the process is ended; `port` is where."""
    from optuna_dashboard import wsgi

    try:
        pages = wsgi(open_storage(os.environ[STUDIES_VARIABLE]))
    except UserError as error:
        sys.exit(redacted(str(error)))
    user, password = (os.environ[f"SAT_SWEEP_DASHBOARD_{name}"] for name in ("USER", "PASSWORD"))
    make_server("127.0.0.1", int(port), guarded(pages, user, password), _Server, _Quiet).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
