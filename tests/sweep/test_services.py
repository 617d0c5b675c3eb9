"""A service that is out of reach or refuses is one sentence and status 2, before anything is started or written."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sat_sweep.cli import app
from sat_sweep.config import load_space
from sat_sweep.errors import StoreUnavailable, UserError
from sat_sweep.home.files import open_folder
from sat_sweep.search.storage_check import check_storage
from sat_sweep.tracking.check import check_server
from tests.execution.postgres import guarded_cluster
from tests.home.object_store import ENVIRONMENT, s3_server
from tests.http_server import serving

PASSWORD = "correct-horse/battery@staple"
SPACE = """
name: tiny
dataset: {name: digits, subset: 200}
noise: {kind: symmetric, rates: [0.2]}
methods: [ce]
model: {name: mlp, width: 16}
training: {epochs: 2, batch_size: 32}
"""


def refusal(tmp_path: Path, *lines: str, home: str = "home") -> str:
    """What a launch says that must be refused; it has left nothing in its folder."""
    file = tmp_path / "space.yaml"
    file.write_text("\n".join([SPACE, *lines]))
    command = [sys.executable, "-m", "sat_sweep", "launch", str(file), "--home", home, "--yes"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert list(tmp_path.iterdir()) == [file]
    *_, last = done.stderr.strip().splitlines()
    assert "Traceback" not in done.stderr
    return last


# Studies


def test_a_wrong_password_of_the_database_is_refused(tmp_path, monkeypatch):
    with guarded_cluster(PASSWORD) as address:
        monkeypatch.setenv("WHO", "sat")
        monkeypatch.setenv("SECRET", PASSWORD)
        check_storage(f"postgresql://${{WHO}}:${{SECRET}}@{address}/postgres")
        monkeypatch.setenv("SECRET", "wrong-one")
        said = refusal(tmp_path, f"storage: {{studies: 'postgresql://${{WHO}}:${{SECRET}}@{address}/postgres'}}")
        assert said == (f"the studies at postgresql://${{WHO}}:${{SECRET}}@{address}/postgres cannot be opened: "
                        'password authentication failed for user "sat"; check storage.studies, and what the variables '
                        "in it are set to")
        monkeypatch.setenv("SECRET", PASSWORD)
        with pytest.raises(UserError, match='database "nowhere" does not exist'):
            check_storage(f"postgresql://${{WHO}}:${{SECRET}}@{address}/nowhere")


def test_a_database_that_is_not_there_is_refused(tmp_path):
    said = refusal(tmp_path, "storage: {studies: 'postgresql://sat@127.0.0.1:9/x'}")
    assert re.match(r"the studies at postgresql://sat@127.0.0.1:9/x cannot be opened: .*refused", said)


# MLflow


class Server(HTTPServer):
    """Knows one pair of user and password."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Guarded)
        self.uri = f"127.0.0.1:{self.server_port}"


class Guarded(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = f"Basic {b64encode(f'me:{PASSWORD}'.encode()).decode()}"
        self.send_response(200 if self.headers.get("Authorization") == known else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the console."""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("HOME", str(tmp_path / "elsewhere"))
    with serving(Server()) as server:
        yield server


def test_the_password_may_be_in_the_address_the_environment_or_mlflows_file(server, tmp_path, monkeypatch, capsys):
    with pytest.raises(UserError, match="does not take this user and password"):
        check_server(f"http://{server.uri}")
    monkeypatch.setenv("SECRET", PASSWORD)
    check_server(f"http://me:${{SECRET}}@{server.uri}")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "me")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    check_server(f"http://{server.uri}/")
    monkeypatch.delenv("MLFLOW_TRACKING_USERNAME")
    monkeypatch.delenv("MLFLOW_TRACKING_PASSWORD")
    kept = tmp_path / "elsewhere/.mlflow/credentials"
    kept.parent.mkdir(parents=True)
    kept.write_text(f"[mlflow]\nmlflow_tracking_username = me\nmlflow_tracking_password = {PASSWORD}\n")
    check_server(f"http://{server.uri}")
    assert capsys.readouterr().err == ""


def test_a_wrong_password_of_mlflow_is_refused(server, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "wrong-one")
    said = refusal(tmp_path, f"tracking: {{uri: 'http://me:${{SECRET}}@{server.uri}'}}")
    assert said == (f"the MLflow server at http://me:${{SECRET}}@{server.uri} does not take this user and password "
                    "(401); check the variables in tracking.uri, or MLFLOW_TRACKING_USERNAME and "
                    "MLFLOW_TRACKING_PASSWORD")


@pytest.mark.parametrize("what", ["refuses", "is silent"])
def test_an_mlflow_that_is_out_of_reach_is_a_warning(capsys, monkeypatch, what):
    monkeypatch.setattr("sat_sweep.tracking.check.TIMEOUT", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        check_server(f"http://127.0.0.1:{silent.getsockname()[1] if what == 'is silent' else 9}")
    said = capsys.readouterr().err
    assert "is out of reach" in said
    assert said.count("\n") == 1


def test_a_database_of_mlflow_is_left_to_the_mirror(tmp_path):
    check_server(f"sqlite:///{tmp_path}/mlflow.db")
    assert list(tmp_path.iterdir()) == []


# Object stores


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An environment that names a store which is not there."""
    s3fs = pytest.importorskip("s3fs")
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    s3fs.S3FileSystem.clear_instance_cache()
    yield
    s3fs.S3FileSystem.clear_instance_cache()


ELSEWHERE = "storage: {{studies: 'sqlite:///{0}/a.db'}}\ntracking: {{uri: 'sqlite:///{0}/b.db'}}"


@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize("words", [["list"], ["status", "x"], ["report", "x"], ["stop", "x"], ["resume", "x"]])
def test_a_store_that_is_not_there_is_a_sentence(words):
    done = CliRunner().invoke(app, [*words, "--home", "s3://bucket/home"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert re.fullmatch(r"s3://bucket/home cannot be used: Could not connect .*; check AWS_ENDPOINT_URL and the "
                        r"network\n", done.stderr)


@pytest.mark.usefixtures("s3")
def test_so_it_is_at_launch(tmp_path):
    said = refusal(tmp_path, ELSEWHERE.format(tmp_path), home="s3://bucket/home")
    assert said.startswith("s3://bucket/home cannot be used: Could not connect")


@pytest.mark.usefixtures("s3")
def test_without_credentials_it_is_said_which_variables_to_set(tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    said = refusal(tmp_path, ELSEWHERE.format(tmp_path), home="s3://bucket/home")
    assert said == ("s3://bucket/home cannot be used: Unable to locate credentials; set AWS_ACCESS_KEY_ID and "
                    "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE")


def test_no_such_bucket(tmp_path, monkeypatch):
    pytest.importorskip("moto")
    with s3_server() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        said = refusal(tmp_path, ELSEWHERE.format(tmp_path), home="s3://nowhere/home")
    assert said == ("s3://nowhere/home cannot be used: The specified bucket does not exist; make the bucket, or "
                    "correct its name")


@pytest.mark.usefixtures("s3")
def test_a_store_that_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr("sat_sweep.home.object_store.FIRST_ANSWER", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(StoreUnavailable, match="it does not answer; check AWS_ENDPOINT_URL"):
            open_folder("s3://bucket/home").check()


@pytest.mark.parametrize(("uri", "words"), [("nope://a/b", "Protocol not known: nope"), ("gs://a/b", "gcsfs")])
def test_a_store_that_nothing_here_can_read(uri, words):
    with pytest.raises(UserError, match=rf"^{uri} cannot be used: .*{words}"):
        open_folder(uri)


# What the machine says where a space file names no databases


def test_the_databases_of_the_environment_are_asked_like_those_of_a_file(tmp_path, monkeypatch):
    monkeypatch.setenv("SAT_SWEEP_STUDIES", "postgresql+psycopg://127.0.0.1:1/optuna")
    assert "the studies at" in refusal(tmp_path)
    monkeypatch.setenv("SAT_SWEEP_STUDIES", "postgresql://${SAT_SWEEP_TEST_UNSET}@host/db")
    assert "SAT_SWEEP_TEST_UNSET" in refusal(tmp_path)


def test_a_sweep_that_names_no_databases_takes_those_of_the_environment(tmp_path, monkeypatch):
    for variable, name in (("SAT_SWEEP_STUDIES", "studies"), ("SAT_SWEEP_TRACKING", "mlflow")):
        monkeypatch.setenv(variable, f"sqlite:///{tmp_path}/there-{name}.db")
    (tmp_path / "space.yaml").write_text(f"{SPACE}search: {{trials: 1}}\nconfirm: {{seeds: 1}}\n")
    command = [sys.executable, "-m", "sat_sweep", "launch", "space.yaml", "--home", "home", "--yes", "--serial"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in sorted(tmp_path.glob("*.db"))] == ["there-mlflow.db", "there-studies.db"]
    assert list((tmp_path / "home").glob("*.db")) == []


def test_a_home_without_a_folder_needs_no_databases_of_its_own_then(tmp_path, monkeypatch):
    file = tmp_path / "space.yaml"
    file.write_text(f"{SPACE}storage: {{home: 's3://bucket/sweeps'}}\n")
    with pytest.raises(UserError, match=r"storage\.studies: must be given"):
        load_space(file)
    monkeypatch.setenv("SAT_SWEEP_STUDIES", "sqlite:////data/studies.db")
    monkeypatch.setenv("SAT_SWEEP_TRACKING", "sqlite:////data/mlflow.db")
    assert load_space(file).storage.studies is None
