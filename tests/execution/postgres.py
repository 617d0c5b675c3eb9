"""A PostgreSQL server for one test, where its programs are installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")


class Server(NamedTuple):
    """A server that can be broken: the `url` of its empty database, where its `data` are, and its `options`."""

    url: str
    data: str
    options: str

    def start(self) -> None:
        """Start it, and wait until it lets clients in; it finds its own way back after a crash."""
        _call(_program("pg_ctl"), "-D", self.data, "-w", "-l", f"{self.data}.log", "-o", self.options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """End it, as a crash would if the `mode` is `immediate`: no client is told, nothing is tidied up."""
        _call(_program("pg_ctl"), "-D", self.data, "-m", mode, "stop")

    def cut_connections(self) -> None:
        """Have the server end every connection but the one that says so."""
        import psycopg

        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                               "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'")


@contextmanager
def cluster() -> Iterator[str]:
    """The URL of an empty database that listens on a socket in its own folder alone; skips where there is none."""
    with server() as running:
        yield running.url


@contextmanager
def server() -> Iterator[Server]:
    """The server of such a database; skips as above."""
    initdb = _program("initdb")
    pytest.importorskip("psycopg", reason="needs psycopg")
    with tempfile.TemporaryDirectory(prefix="sat-pg-", ignore_cleanup_errors=True) as place:  # a short path: sockets
        if os.geteuid() == 0:
            shutil.chown(place, "postgres")
        running = Server(f"postgresql+psycopg://sat@/postgres?host={place}", f"{place}/data",
                         f"-F -k {place} -c listen_addresses=''")
        _call(initdb, "-D", running.data, "-U", "sat", "-A", "trust", "--no-sync")
        running.start()
        try:
            yield running
        finally:
            running.stop()


@contextmanager
def guarded_cluster(password: str) -> Iterator[str]:
    """The address `host:port` of a server on loopback that lets the user `sat` in with `password`; skips as above."""
    initdb, control = _program("initdb"), _program("pg_ctl")
    pytest.importorskip("psycopg", reason="needs psycopg")
    with tempfile.TemporaryDirectory(prefix="sat-pg-", ignore_cleanup_errors=True) as place:
        (Path(place) / "password").write_text(password)
        if os.geteuid() == 0:
            shutil.chown(place, "postgres")
            shutil.chown(f"{place}/password", "postgres")
        data, port = f"{place}/data", _free_port()
        _call(initdb, "-D", data, "-U", "sat", "-A", "scram-sha-256", "--pwfile", f"{place}/password", "--no-sync")
        _call(control, "-D", data, "-w", "-l", f"{place}/log", "-o",
              f"-F -k {place} -p {port} -c listen_addresses=127.0.0.1", "start")
        try:
            yield f"127.0.0.1:{port}"
        finally:
            _call(control, "-D", data, "-m", "immediate", "stop")


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


def _program(name: str) -> str:
    if found := shutil.which(name):
        return found
    for pattern in PLACES:
        for folder in sorted(Path("/").glob(pattern[1:]), reverse=True):
            if (folder / name).exists():
                return str(folder / name)
    pytest.skip(f"PostgreSQL's {name} is not installed (apt-get install postgresql)")


def _call(*command: str) -> None:
    """As the user postgres if we are root, whom PostgreSQL refuses to serve."""
    start = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*start, *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, cwd="/", timeout=120)
    assert done.returncode == 0, done.stderr
