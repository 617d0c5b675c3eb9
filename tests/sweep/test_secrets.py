"""Every secret that a launch on one machine can have, planted, and then searched for wherever it could lie."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.execution.postgres import guarded_cluster
from tests.execution.sweeps import descendants
from tests.http_server import serving

pytestmark = [pytest.mark.slow, pytest.mark.large]

SECRETS = {
    "PGPASSWORD": "planted/in@the-database", "MLFLOW_TRACKING_PASSWORD": "planted-in-mlflow",
    "AWS_ACCESS_KEY_ID": "PLANTEDKEYOFTHEBUCKET", "AWS_SECRET_ACCESS_KEY": "planted+secret/of-the-bucket",
    "SAT_SWEEP_HOME_KEY": "planted-key-of-the-home", "RAY_AUTH_TOKEN": "plantedtokenofray" * 3,
    "WHOM": "json://127.0.0.1:9/planted-in-an-address", "HF_TOKEN": "hf_plantedtokenofahub",
}
SPACE = """\
name: quiet
dataset: {{name: digits, subset: 300}}
noise: {{kind: symmetric, rates: [0.4]}}
methods: [ce, sat]
model: {{name: mlp, width: 16}}
training: {{epochs: 3, batch_size: 32}}
search: {{trials: 2, batch: 2}}
confirm: {{seeds: 2}}
storage: {{studies: "postgresql+psycopg://sat:${{PGPASSWORD}}@{database}/postgres"}}
tracking: {{uri: "http://127.0.0.1:{mlflow}"}}
messages: {{to: ["${{WHOM}}"], on: [finished, failed, interrupted]}}
"""


class Mlflow(ThreadingHTTPServer):
    """An MLflow that finds no experiment and fails at all else; `heard` is what it was sent, but for who sends it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.heard: list[str] = []
        self.passwords: set[str] = set()


class _Answers(BaseHTTPRequestHandler):
    server: Mlflow

    def do_GET(self) -> None:
        self.server.passwords.add(self.headers.get("Authorization", ""))
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
        told = [f"{name}: {value}" for name, value in self.headers.items() if name != "Authorization"]
        self.server.heard += [self.path, sent, *told]
        content = b'{"experiments": []}' if "experiments/search" in self.path else b"{}"
        self.send_response(200 if "experiments/search" in self.path or self.path == "/health" else 500)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        pass


def forms(secret: str) -> set[bytes]:
    """How a secret may be written: as it is, in a URL, in JSON, as a password of HTTP."""
    pairs = [b64encode(f"{user}:{secret}".encode()).decode().rstrip("=") for user in ("me", "sat")]
    return {form.encode() for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], *pairs)}


def those_in(text: bytes) -> set[str]:
    """Which secrets stand in `text`."""
    return {name for name, secret in SECRETS.items() if any(form in text for form in forms(secret))}


def words_of(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def launch(folder: Path, *words: str) -> tuple[int, bytes, bytes]:
    """The exit status, all that was said, and the command lines of all processes that there were meanwhile."""
    environment = {**os.environ, **SECRETS, "MLFLOW_TRACKING_USERNAME": "me", "RAY_TMPDIR": str(folder / "ray"),
                   "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
    environment.pop("SAT_SWEEP_HOME", None)
    lines = b""
    with (folder / "said").open("wb") as said, subprocess.Popen(
            [sys.executable, "-m", "sat_sweep", *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=said, stderr=said) as process:
        while process.poll() is None:
            lines += b"\n".join(map(words_of, (process.pid, *descendants(process.pid))))
            time.sleep(0.2)
    return process.returncode, (folder / "said").read_bytes(), lines


def databases(address: str) -> bytes:
    """All rows of all tables."""
    import psycopg

    url = f"postgresql://sat:{quote(SECRETS['PGPASSWORD'], safe='')}@{address}/postgres"
    with psycopg.connect(url) as connection:
        tables = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        assert "trial_params" in tables
        return repr([connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables]).encode()  # type: ignore[call-overload]


@pytest.mark.parametrize("name", SECRETS)
def test_each_is_seen_in_whatever_form(name: str) -> None:
    for form in (SECRETS[name], quote(SECRETS[name], safe=""), json.dumps({"a": SECRETS[name]}),
                 b64encode(f"me:{SECRETS[name]}".encode()).decode()):
        assert name in those_in(f"something {form} and more".encode())


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: Ray makes sockets in it."""
    with tempfile.TemporaryDirectory(prefix="sec-", ignore_cleanup_errors=True) as name:
        (Path(name) / "ray").mkdir()
        yield Path(name)


def test_no_secret_is_anywhere(folder: Path) -> None:
    with guarded_cluster(SECRETS["PGPASSWORD"]) as database, serving(Mlflow()) as mlflow:
        space = SPACE.format(database=database, mlflow=mlflow.server_port)
        (folder / "space.yaml").write_text(space)
        words = ("launch", "space.yaml", "--home", "home", "--workers", "2", "--yes")
        status, said, lines = launch(folder, *words)
        assert status == 0, said.decode()
        found = {"what was said": those_in(said), "command lines": those_in(lines),
                 "studies": those_in(databases(database)),
                 "what MLflow was sent": those_in("\n".join(mlflow.heard).encode())}
    assert b"raylet" in lines, "they were seen"
    assert any(b64encode(f"me:{SECRETS['MLFLOW_TRACKING_PASSWORD']}".encode()).decode() in given
               for given in mlflow.passwords), "it was used"
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert {"sweep.json", "report.html", "raylet.out"} <= {path.name for path in files}
    found |= {str(path.relative_to(folder)): those_in(path.read_bytes()) for path in files}

    status, said, lines = launch(folder, "resume", "quiet", "--home", "home", "--yes")
    assert (status, b"Traceback" in said) == (2, False), "the database is gone"
    found |= {"a refusal": those_in(said), "its command lines": those_in(lines)}
    assert {where: names for where, names in found.items() if names} == {}
