"""Every way in which the address of a cluster can be wrong is one sentence with the remedy."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import ray

from sat_sweep.errors import UserError
from sat_sweep.execution.ray_jobs.address import reachable
from tests.http_server import serving


@pytest.fixture
def dashboard(monkeypatch, tmp_path):
    """A maker of servers that answer with a status and a text, or, to the token `right`, as a dashboard does."""
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "none"))
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    running = ExitStack()

    def make(status: int = 200, text: str = "", token: str | None = None) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                allowed = token is None or self.headers.get("Authorization") == f"Bearer {token}"
                self.send_response(status if allowed else 401)
                self.end_headers()
                self.wfile.write((text if allowed else "Unauthorized").encode())

            def log_message(self, *_):
                pass

        server = running.enter_context(serving(HTTPServer(("127.0.0.1", 0), Handler)))
        return f"http://127.0.0.1:{server.server_port}"

    with running:
        yield make


def version(of: str = ray.__version__) -> str:
    return json.dumps({"version": "4", "ray_version": of})


def test_a_dashboard_that_speaks_with_us_is_reached(dashboard):
    address = dashboard(200, version())
    assert reachable(address + "/", insecure=False) == address


def test_a_missing_and_a_wrong_token_are_told_apart(dashboard, monkeypatch, tmp_path):
    address = dashboard(200, version(), token="right")
    with pytest.raises(UserError, match="wants the token that it was started with: set RAY_AUTH_TOKEN"):
        reachable(address, insecure=False)
    monkeypatch.setenv("RAY_AUTH_TOKEN", "wrong")
    with pytest.raises(UserError, match="does not accept the token") as refused:
        reachable(address, insecure=False)
    assert "wrong" not in str(refused.value).replace("wrong token", "")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "right")
    assert reachable(address, insecure=False)
    monkeypatch.delenv("RAY_AUTH_TOKEN")
    (tmp_path / "token").write_text("right\n")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "token"))
    assert reachable(address, insecure=False)


@pytest.mark.parametrize(("status", "text"), [(404, "not found"), (200, "<html>"), (200, "[]"), (200, "{}")])
def test_another_server_is_no_dashboard(dashboard, status, text):
    with pytest.raises(UserError, match=f"is no Ray dashboard .status {status}.; its port is 8265"):
        reachable(dashboard(status, text), insecure=False)


def test_another_ray_is_refused_and_another_patch_of_it_is_not(dashboard):
    minor = ".".join(ray.__version__.split(".")[:2])
    assert reachable(dashboard(200, version(f"{minor}.77")), insecure=False)
    with pytest.raises(UserError, match=f"runs Ray 2.9.0, and this machine has {ray.__version__}"):
        reachable(dashboard(200, version("2.9.0")), insecure=False)


def test_nobody_there_and_the_wrong_protocol(dashboard):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(UserError, match=r"no Ray cluster answers at .*Connection refused.*8265"):
        reachable(f"http://{nobody}", insecure=False)
    encrypted = dashboard(200, version()).replace("http:", "https:")
    with pytest.raises(UserError, match=r"no TLS with .*is it http://"):
        reachable(encrypted, insecure=False)


def test_an_open_line_is_refused_unless_it_stays_here_or_is_allowed():
    with pytest.raises(UserError, match=r"not encrypted.*ssh -L 8265:localhost:8265 head.*--insecure"):
        reachable("http://head", insecure=False)
    with pytest.raises(UserError, match="no Ray cluster answers"):  # it was tried
        reachable("http://head.invalid:1", insecure=True)


@pytest.mark.parametrize("address", ["ftp://head", "http://", "http://head:port", "http://user:pass@head:8265"])
def test_what_is_no_address(address):
    with pytest.raises(UserError, match="dashboard is http://host:8265") as refused:
        reachable(address, insecure=True)
    assert "pass" not in str(refused.value).replace("password", "")
