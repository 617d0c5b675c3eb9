"""A real S3 server on this machine, in a process of its own."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


class Requests:
    """What a server was asked, by kind, since it was last looked at: GET, PUT, HEAD, DELETE, and LIST for listings."""

    def __init__(self, log: Path) -> None:
        self._log, self._read = log, 0

    def counted(self) -> Counter[str]:
        """How often each kind came since the last call."""
        with self._log.open("rb") as file:
            file.seek(self._read)
            lines = file.read().decode(errors="replace")
            self._read = file.tell()
        asked = re.findall(r'"(GET|PUT|HEAD|DELETE|POST) (\S+) HTTP', re.sub(r"\x1b\[[\d;]*m", "", lines))
        return Counter("LIST" if method == "GET" and "list-type=" in path else method for method, path in asked)


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """Yields what the environment of its clients needs; the bucket is `bucket`."""
    with counting_s3_server() as (environment, _):
        yield environment


@contextmanager
def counting_s3_server() -> Iterator[tuple[dict[str, str], Requests]]:
    """The same, with an account of what it is asked."""
    with tempfile.NamedTemporaryFile(prefix="moto-") as log, _served(log) as environment:
        yield environment, Requests(Path(log.name))


@contextmanager
def _served(log: IO[bytes]) -> Iterator[dict[str, str]]:
    port = _free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
    try:
        _wait_for(port)
        environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        import botocore.session

        client = botocore.session.get_session().create_client(
            "s3", endpoint_url=environment["AWS_ENDPOINT_URL"], region_name="us-east-1",
            aws_access_key_id="test", aws_secret_access_key="test")
        client.create_bucket(Bucket="bucket")
        yield environment
    finally:
        import s3fs

        s3fs.S3FileSystem.clear_instance_cache()  # it remembers the address of this server for the whole process
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    raise TimeoutError("the S3 server did not start")
