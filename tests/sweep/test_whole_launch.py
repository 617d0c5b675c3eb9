"""Real drivers in processes of their own, without Ray: two on one object store, and one with a password."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from sat_sweep.home import Home
from sat_sweep.home.lock import driver_of
from tests.home.object_store import s3_server
from tests.http_server import serving

SPACE = """\
name: tiny
dataset: {{name: digits, subset: 300}}
noise: {{kind: symmetric, rates: [0.4]}}
methods: [ce]
model: {{name: mlp, width: 8}}
training: {{epochs: {epochs}, batch_size: 64}}
confirm: {{seeds: 1}}
"""


def space_file(folder: Path, epochs: int, *blocks: str) -> Path:
    path = folder / "space.yaml"
    path.write_text(SPACE.format(epochs=epochs) + "\n".join(blocks))
    return path


def launch(file: Path, home: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sat_sweep", "launch", str(file), "--home", home, "--serial", "--yes"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, cwd=file.parent, env={**os.environ, **environment})


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


@pytest.mark.slow
def test_one_driver_on_an_object_store_and_the_next_after_a_kill(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("s3fs")
    pytest.importorskip("moto")
    file = space_file(tmp_path, 1_000_000, f"tracking: {{uri: 'sqlite:///{tmp_path}/mlflow.db'}}",
                      f"storage: {{studies: 'sqlite:///{tmp_path}/studies.db'}}")
    with s3_server() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        sweep = Home("s3://bucket/home").sweep("tiny")

        def is_held_by(process: subprocess.Popen[str]) -> bool:
            assert process.poll() is None, process.communicate()
            return (holder := driver_of(sweep)) is not None and holder.pid == process.pid

        first = launch(file, "s3://bucket/home", environment)
        wait_for(lambda: is_held_by(first))
        second = launch(file, "s3://bucket/home", environment)
        out, err = second.communicate(timeout=120)
        assert (second.returncode, out) == (2, "")
        assert f"sweep 'tiny' is being run by process {first.pid}; look at it with" in err
        os.kill(first.pid, signal.SIGKILL)
        first.communicate()
        third = launch(file, "s3://bucket/home", environment)
        wait_for(lambda: is_held_by(third))
        third.kill()
        third.communicate()


class Server(HTTPServer):
    """An MLflow server that notes who asks and refuses everything."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Refusing)
        self.asked: list[str] = []


class Refusing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        self.server.asked.append(self.headers.get("Authorization", ""))
        answer = json.dumps({"error_code": "PERMISSION_DENIED", "message": "no"}).encode()
        self.send_response(403)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing on the console."""


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Server()) as server:
        yield server


PASSWORD = "correct-horse:battery/staple"


def test_a_password_from_the_environment_gets_to_the_server_and_nowhere_else(tmp_path: Path, server: Server) -> None:
    uri = f"http://${{WHO}}:${{SECRET}}@127.0.0.1:{server.server_port}"
    file = space_file(tmp_path, 2, f"tracking: {{uri: '{uri}'}}", "# not here either: postgresql://me:hunter2@host/db")
    process = launch(file, str(tmp_path / "home"), {"WHO": "me", "SECRET": PASSWORD})
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert f"Basic {b64encode(f'me:{PASSWORD}'.encode()).decode()}" in server.asked
    assert "warning: MLflow lacks a part of tiny" in err
    kept = [path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert any(b"${SECRET}" in content for content in kept)
    for content in (*kept, out.encode(), err.encode()):
        assert not re.search(rb"correct-horse|hunter2|battery", content)


def test_without_the_variable_nothing_is_started(tmp_path: Path) -> None:
    file = space_file(tmp_path, 2, "storage: {studies: 'postgresql://sat:${NO_SUCH_VARIABLE}@127.0.0.1/db'}")
    process = launch(file, str(tmp_path / "home"), {})
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "needs the environment variable NO_SUCH_VARIABLE, not set here" in err
    assert not (tmp_path / "home").exists()
