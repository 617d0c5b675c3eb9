"""The services of compose.yaml without an engine: the same commands, variables and health checks, on three machines.

PostgreSQL is Debian's, made ready as its image makes it ready; moto stands in for SeaweedFS, which is in no package.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from .files import DOCKER, compose, image_variables, variables, words
from .machines import Machine, connect

HEAD, WORKERS, CLIENT = "10.77.0.1", ("10.77.0.2", "10.77.0.3"), "10.77.0.4"
HOSTS = dict.fromkeys(("head", "postgres", "mlflow", "s3"), HEAD)
BUCKET = """
import botocore.session, sys
botocore.session.get_session().create_client("s3").create_bucket(Bucket=sys.argv[1])
"""


class Stack(NamedTuple):
    """What runs: `head` has every service but the worker, which each of `workers` has; `client` has nothing.

    `secrets` are the variables of docker/.env, `databases` is the folder of PostgreSQL's.
    """

    head: Machine
    workers: tuple[Machine, ...]
    client: Machine
    databases: Path
    services: dict[str, Any]
    secrets: dict[str, str]

    def environment(self, service: str) -> dict[str, str]:
        """The variables of a service, those of its image included."""
        own = {name: str(value) for name, value in self.services[service].get("environment", {}).items()}
        return {**image_variables(), **own}

    @property
    def worker(self) -> Machine:
        """The first of the workers."""
        return self.workers[0]

    @property
    def machines(self) -> tuple[Machine, ...]:
        """All of them."""
        return self.head, *self.workers, self.client

    def files_with(self, text: str) -> str:
        """The files of all machines in which `text` stands, Ray's logs included."""
        search = ["grep", "--recursive", "--files-with-matches", "--text", text, "."]
        return "".join(machine.run(search, {}).stdout for machine in self.machines)

    def processes(self) -> str:
        """The command lines of all machines."""
        return "".join(machine.run(["ps", "axww", "-o", "args"], {}).stdout for machine in self.machines)

    def healthy(self, service: str) -> subprocess.CompletedProcess[str]:
        """Run the health check of a service where it runs."""
        machine = self.worker if service == "worker" else self.head
        return machine.run(self.health_check(service), self.environment(service))

    def health_check(self, service: str) -> list[str]:
        """The words of a service's health check."""
        kind, *command = self.services[service]["healthcheck"]["test"]
        assert kind == "CMD"
        return [str(word) for word in command]

    def start(self, service: str, *machines: Machine) -> None:
        """Start a service as compose does, on `machines` or wherever it belongs, and wait until it is healthy."""
        machines = machines or (self.workers if service == "worker" else (self.head,))
        for machine in machines:
            machine.start(service, words(self.services[service]["command"]), self.environment(service))
        for machine in machines:
            machine.wait_until(self.health_check(service), self.environment(service), service)


@contextmanager
def running(folder: Path) -> Iterator[Stack]:
    """Everything up, with an empty store; secrets are those that docker/make-env makes."""
    secrets = made_secrets(folder)
    with ExitStack() as using:
        databases = using.enter_context(  # for another user
            tempfile.TemporaryDirectory(prefix="sat-pg-", ignore_cleanup_errors=True))
        head, *workers, client = (using.enter_context(Machine(folder / name, HOSTS))
                                  for name in ("head", "worker-1", "worker-2", "client"))
        connect(dict(zip((HEAD, *WORKERS, CLIENT), (head, *workers, client), strict=True)))
        stack = Stack(head, tuple(workers), client, Path(databases), compose(secrets)["services"], secrets)
        _postgres(stack)
        _s3(stack)
        for service in ("mlflow", "head", "worker"):
            stack.start(service)
        yield stack


def made_secrets(folder: Path) -> dict[str, str]:
    """What docker/make-env writes, run in a copy of docker/."""
    shutil.copytree(DOCKER, folder / "docker", ignore=shutil.ignore_patterns(".env*"))
    subprocess.run([folder / "docker" / "make-env"], check=True, capture_output=True)
    return variables((folder / "docker" / ".env").read_text())


def _postgres(stack: Stack) -> None:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    program, asked = programs[-1].parent, stack.environment("postgres")
    user, name, password = (asked[f"POSTGRES_{what}"] for what in ("USER", "DB", "PASSWORD"))
    place = stack.databases
    data, secret = place / "data", place / "password"
    secret.write_text(password)
    for path in (place, secret):
        shutil.chown(path, "postgres")
    server = ["runuser", "-u", "postgres", "--"]
    _run(stack, [*server, f"{program}/initdb", f"--pgdata={data}", f"--username={user}", "--no-sync",
                 "--auth=scram-sha-256", f"--pwfile={secret}"])
    (data / "pg_hba.conf").write_text("host all all all scram-sha-256\n")
    stack.head.start("postgres", [*server, f"{program}/postgres", "-D", str(data), "-F", "-c", "listen_addresses=*",
                                  "-c", f"unix_socket_directories={data}"], {})
    psql = ["env", f"PGPASSWORD={password}", "psql", "--host=127.0.0.1", f"--username={user}", "--set=ON_ERROR_STOP=1"]
    stack.head.wait_until([*psql, "--dbname=postgres", f"--command=CREATE DATABASE {name}"], {}, "postgres")
    _run(stack, [*psql, f"--dbname={name}", f"--file={DOCKER / 'databases.sql'}"])
    stack.head.wait_until(stack.health_check("postgres"), {}, "postgres")


def _run(stack: Stack, command: list[str]) -> None:
    done = stack.head.run(command, {})
    assert done.returncode == 0, done.stderr


def _s3(stack: Stack) -> None:
    asked = stack.environment("head")
    stack.head.start("s3", [sys.executable, "-m", "moto.server", "-H", "0.0.0.0", "-p", "8333"], {})
    bucket = stack.environment("s3")["S3_BUCKET"]
    stack.head.wait_until([sys.executable, "-c", BUCKET, bucket], asked, "s3")
