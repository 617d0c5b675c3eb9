"""Ray's beginning and end, each in a process of its own."""

from __future__ import annotations

import gc
import json
import os
import socket
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from sat_sweep.execution.ray_tune import session as ray_session
from sat_sweep.execution.ray_tune.session import Session

pytestmark = pytest.mark.slow


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: Ray makes sockets in it."""
    with tempfile.TemporaryDirectory(prefix="ray-") as name:
        yield Path(name)


def python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `code` with a folder for Ray's files."""
    environment = {**os.environ, "RAY_TMPDIR": str(folder)}
    return subprocess.run([sys.executable, "-c", textwrap.dedent(code)], env=environment, capture_output=True,
                          text=True, timeout=120)


def test_nothing_is_collected_while_ray_is_shut_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference to one of Ray's objects that goes in that moment ends the process with status 1 and no word."""
    seen: list[bool] = []
    fake = SimpleNamespace(shutdown=lambda: seen.append(gc.isenabled()))
    monkeypatch.setattr(ray_session, "_start_local", lambda workers: fake)
    opened = Session()
    assert opened.ray is fake
    opened.wait()
    assert (seen, gc.isenabled()) == ([False], True)


def test_ray_that_was_begun_is_used_and_ended(folder: Path) -> None:
    ended = python("""
        from sat_sweep.execution.ray_tune.session import Session

        opened = Session(None, 1)
        opened.begin(trials=1)
        print(opened.ray.cluster_resources()["CPU"])
        opened.wait()
        print(opened.ray.is_initialized())
    """, folder)
    assert (ended.returncode, ended.stdout) == (0, "1.0\nFalse\n"), ended.stderr
    assert len(list((folder / "ray").glob("session_2*"))) == 1
    assert ended.stderr == ""


def test_ray_that_nobody_waits_for_is_ended_with_the_process(folder: Path) -> None:
    ended = python("""
        from sat_sweep.execution.ray_tune.session import Session

        opened = Session(None, 1)
        opened.begin(trials=1)
        opened.close()
        print("told at once")
    """, folder)
    assert (ended.returncode, ended.stdout) == (0, "told at once\n"), ended.stderr
    assert list((folder / "ray").glob("session_2*")), "it was on its way"
    assert not running(folder)


def test_one_ray_after_the_other(folder: Path) -> None:
    """Two in one process, one of them on its way out, end it with status 1 and no word."""
    ended = python("""
        from sat_sweep.execution.ray_tune.session import Session

        for _ in range(3):
            opened = Session(None, 1)
            opened.begin(trials=1)
            opened.close()
        opened = Session(None, 1)
        print(opened.ray.cluster_resources()["CPU"])
        opened.wait()
        print(opened.ray.is_initialized())
    """, folder)
    assert (ended.returncode, ended.stdout) == (0, "1.0\nFalse\n"), ended.stderr
    assert not running(folder)


def test_a_ray_that_runs_already_is_used_and_not_ended(folder: Path) -> None:
    ended = python("""
        import ray
        ray.init(num_cpus=1, include_dashboard=False, logging_level=40)
        from sat_sweep.execution.ray_tune.session import Session

        opened = Session(None, 4)
        print(opened.ray.cluster_resources()["CPU"])
        opened.wait()
        print(ray.is_initialized())
        ray.shutdown()
    """, folder)
    assert (ended.returncode, ended.stdout) == (0, "1.0\nTrue\n"), ended.stderr


def test_without_a_beginning_nothing_is_started(folder: Path) -> None:
    ended = python("""
        import sys
        from sat_sweep.execution.ray_tune.session import Session

        opened = Session(None, 1)
        opened.wait()
        print("ray" in sys.modules)
    """, folder)
    assert (ended.returncode, ended.stdout) == (0, "False\n"), ended.stderr


def test_who_hooks_into_forks_is_there_before_ray_forks(folder: Path) -> None:
    """A hook that is registered between the two ends of a fork releases a lock that it never took."""
    ended = python("""
        import os, sys

        late, register = [], os.register_at_fork

        def watch(**hooks):
            if "before" in hooks and begun:
                late.append(hooks["before"])
            register(**hooks)

        os.register_at_fork, begun = watch, []
        from sat_sweep.execution.ray_tune.session import Session

        opened = Session(None, 1)
        opened.begin(trials=1)
        begun.append(True)
        import sat_sweep.sweep.launch, sat_sweep.sweep.driver, sat_sweep.execution.ray_tune.bridge
        opened.ray.get(opened.ray.put(1))
        print(late)
        opened.wait()
    """, folder)
    assert (ended.returncode, ended.stdout) == (0, "[]\n"), ended.stderr


# Who gets in


CLOSED = """
    import json, os, stat
    from pathlib import Path

    os.umask(int(os.environ["MASK"], 8))
    from sat_sweep.execution.ray_tune.session import Session

    opened = Session(None, 2)
    ray = opened.ray
    import psutil  # which Ray brings

    ray.get([ray.remote(lambda: 0).remote() for _ in range(4)])
    me = psutil.Process()
    listening = [connection.laddr.ip for process in (me, *me.children(recursive=True))
                 for connection in process.net_connections("inet") if connection.status == psutil.CONN_LISTEN]
    folder = Path(ray._private.worker._global_node.get_session_dir_path())
    token = Path.home() / ".ray" / "auth_token"
    print(json.dumps({
        "listening": sorted(set(listening)), "mode": os.environ["RAY_AUTH_MODE"],
        "private": any(place.stat().st_mode & 0o077 == 0 for place in folder.parents),
        "token": oct(stat.S_IMODE(token.stat().st_mode)) if token.exists() else None,
        "address": ray.get_runtime_context().gcs_address,
    }), flush=True)
    input()
    opened.wait()
"""


@pytest.mark.parametrize(("mask", "mode", "before"), [("000", "disabled", None), ("077", None, 0o666)])
def test_a_local_ray_lets_nobody_else_in(folder: Path, mask: str, mode: str | None, before: int | None) -> None:
    """Whatever the umask, whatever Ray itself would do, and also where Ray has written a token before."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    environment |= {"HOME": str(folder), "MASK": mask, **({"RAY_AUTH_MODE": mode} if mode else {})}
    if before is not None:
        (folder / ".ray").mkdir()
        (folder / ".ray" / "auth_token").write_text("a" * 64)
        (folder / ".ray" / "auth_token").chmod(before)
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(CLOSED)], env=environment, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        said = process.stdout.readline()
        assert said, process.stderr.read()
        told = json.loads(said)
        stranger = subprocess.run([sys.executable, "-c", STRANGER, told["address"]], capture_output=True, text=True,
                                  env={**environment, "HOME": str(folder / "none"), "RAY_AUTH_MODE": "disabled",
                                       "RAY_NUM_REDIS_GET_RETRIES": "1"}, timeout=120)
        process.stdin.close()
    assert set(told["listening"]) <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}
    assert len(told["listening"]) > 0
    assert (told["mode"], told["token"]) == ("token", "0o600")
    assert told["private"]
    assert stranger.returncode != 0
    assert "AuthenticationError" in stranger.stderr


STRANGER = """
import sys, ray
from ray._private import services
services.resolve_ip_for_localhost = lambda address: address  # else it would ask a network card, which nobody answers
ray.init(address=sys.argv[1], logging_level=40)
"""
TOKEN = "0123456789abcdef" * 3
SPACE = """\
name: tiny
dataset: {name: digits, subset: 300}
noise: {kind: symmetric, rates: [0.4]}
methods: [ce]
model: {name: mlp, width: 8}
training: {epochs: 1}
"""


@pytest.fixture
def head(folder: Path) -> Iterator[str]:
    """The address of a Ray head on this machine that wants a token, and ends with the test."""
    started = textwrap.dedent("""
        import logging, ray, sys
        ray.init(num_cpus=1, include_dashboard=False, logging_level=logging.ERROR)
        print(ray.get_runtime_context().gcs_address, flush=True)
        sys.stdin.read()
    """)
    environment = {**os.environ, "RAY_TMPDIR": str(folder), "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN}
    with subprocess.Popen([sys.executable, "-c", started], env=environment, text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def launch(folder: Path, address: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "space.yaml").write_text(SPACE)
    words = ["launch", "space.yaml", "--home", "home", "--address", address, "--yes"]
    return subprocess.run([sys.executable, "-m", "sat_sweep", *words], cwd=folder, env={**os.environ, **environment},
                          capture_output=True, text=True, timeout=180)


def test_a_cluster_that_wants_a_token_is_refused_in_a_sentence_and_used_with_it(folder: Path, head: str) -> None:
    refused = launch(folder, head, RAY_AUTH_MODE="disabled")
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1] == (
        f"the Ray cluster at {head} wants the token that it was started with: set RAY_AUTH_MODE=token, and "
        "RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH")
    assert "Traceback" not in refused.stderr
    assert not (folder / "home").exists()
    done = launch(folder, head, RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr


def test_where_no_cluster_is_that_is_said(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    refused = launch(folder, f"127.0.0.1:{port}")
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"no Ray cluster can be reached at 127.0.0.1:{port}: ")
    assert len(refused.stderr.splitlines()) == 1


def running(folder: Path) -> list[str]:
    """Processes that have `folder` on their command line."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words:
            found.append(words.decode())
    return found
