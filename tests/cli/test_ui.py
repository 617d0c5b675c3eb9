"""`ui`: where it says that sweeps are, without MLflow itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread

import pytest

from sat_sweep.commands import ui
from sat_sweep.tracking.view import TAG, views


class Answers(BaseHTTPRequestHandler):
    """Three experiments as MLflow's server has them; one was not made by a sweep."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        names = ["new", "foreign", "old"] if asked["order_by"] == ["last_update_time DESC"] else []
        known = [{"name": name, "experiment_id": str(number), "tags": [{"key": "x" if name == "foreign" else TAG}]}
                 for number, name in enumerate(names, start=1)]
        self.send_response(200 if self.path == "/api/2.0/mlflow/experiments/search" else 404)
        self.end_headers()
        self.wfile.write(json.dumps({"experiments": known}).encode())

    def log_message(self, *given: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answers) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


def test_every_sweep_has_the_address_of_its_view_the_newest_first(server):
    assert views(server) == [
        (name, f"{server}/#/experiments/{number}/runs?compareRunsMode=CHART&viewStateShareKey=sat-sweep")
        for name, number in (("new", 1), ("old", 3))]


@pytest.mark.parametrize("browser", [True, False])
def test_the_newest_is_opened_where_a_browser_is_wanted(server, browser, monkeypatch, capsys):
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr(ui, "AGAIN", 0.0)
    ui.show_views(server, browser, Event())
    first, second = capsys.readouterr().out.splitlines()
    assert (first.split(": ")[0], second.split(": ")[0]) == ("new", "old")
    assert opened == ([first.partition(": ")[2]] if browser else [])


def test_without_a_server_nothing_is_said_until_the_command_ends(monkeypatch, capsys):
    attempts = []
    ended = Event()

    def unreachable(server: str) -> list[tuple[str, str]]:
        attempts.append(server)
        if len(attempts) == 3:
            ended.set()
        raise ConnectionRefusedError

    monkeypatch.setattr("sat_sweep.tracking.view.views", unreachable)
    monkeypatch.setattr(ui, "AGAIN", 0.0)
    ui.show_views("http://127.0.0.1:1", True, ended)
    assert (len(attempts), capsys.readouterr().out) == (3, "")


def test_a_browser_is_opened_at_the_terminal_of_a_desktop_alone(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    assert not ui.at_a_desktop()
    monkeypatch.setenv("DISPLAY", ":0")
    assert ui.at_a_desktop()
