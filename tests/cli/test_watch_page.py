"""The page that refreshes itself, asked for over HTTP."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import replace

import pytest

from sat_sweep.commands.watch_page import LOOPBACK, PageServer
from sat_sweep.errors import UserError
from sat_sweep.home.status import Status, StudyStatus
from tests.http_server import serving

STATUS = Status("s", "running", (StudyStatus("ce", "a", "search", 8, 3, 1, 1, 2, 0.5, why_failed="nan & <b>"),
                                 StudyStatus("ce", "a", "confirm", 5, 0, 0, 0, 0, None)), baseline="ce")


@pytest.fixture
def known():
    return {"status": STATUS, "report": None}


@pytest.fixture
def server(known):
    with serving(PageServer(lambda: known["status"], lambda: known["report"], 0)) as server:
        yield server


def ask(server, path, host=None, secret=None):
    path = f"/{server.secret if secret is None else secret}{path}"
    connection = http.client.HTTPConnection(LOOPBACK, server.server_port, timeout=20)
    connection.request("GET", path, headers={"Host": host or f"localhost:{server.server_port}"})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def test_it_tells_how_far_the_sweep_is(server, known):
    status, content = ask(server, "/status")
    told = json.loads(content)
    assert (status, told["progress"], told["report"]) == (200, "5 of 13 trials", False)
    assert dict(zip(told["columns"], told["rows"][0], strict=True)) == {
        "study": "ce / a", "search": "5/8", "confirm": "0/5", "queued": "", "running": "2", "failed": "1",
        "best so far": "0.500", "ce has": ""}
    assert told["failures"] == ["ce / a, search: 1 of 5 failed (nan & <b>)"]
    known["status"] = None
    assert ask(server, "/status")[0] == 404, "nothing is known yet"


def test_one_that_has_fallen_silent_is_told_as_interrupted(server, known):
    known["status"] = replace(STATUS, heartbeat=time.time() - 30)
    assert json.loads(ask(server, "/status")[1])["state"] == "running"
    known["status"] = replace(STATUS, heartbeat=time.time() - 90)
    assert json.loads(ask(server, "/status")[1])["state"] == "interrupted"


def test_the_page_needs_nothing_from_elsewhere(server):
    status, content = ask(server, "/")
    assert status == 200
    assert b"fetch(\"status\"" in content
    assert b"http" not in content.replace(b"https", b"http").replace(b"charset", b"")


def test_the_report_is_there_in_the_end(server, known):
    assert ask(server, "/report.html")[0] == 404
    known["report"] = b"<html>"
    assert ask(server, "/report.html") == (200, b"<html>")
    assert json.loads(ask(server, "/status")[1])["report"]


def test_a_name_that_was_made_to_mean_this_machine_is_refused(server):
    assert ask(server, "/status", host="evil.example")[0] == 403
    assert ask(server, "/", host=f"evil.example:{server.server_port}")[0] == 403


def test_who_was_not_told_its_address_is_refused(server, known):
    known["report"] = b"<html>"
    for path in ("/", "/status", "/report.html"):
        for secret in ("", "x" * len(server.secret), server.secret[:-1], f"{server.secret}/..", "/", "%00"):
            assert ask(server, path, secret=secret)[0] in (403, 404)
    assert server.secret in server.address


def test_it_hears_this_machine_alone_and_says_where_a_port_is_taken(server):
    assert server.server_address[0] == LOOPBACK
    with pytest.raises(UserError, match="cannot be served at port"):
        PageServer(lambda: None, lambda: None, server.server_port)
