"""A lease on a real server whose answers are lost again and again, to renewals and to what asks who holds it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event
from urllib.parse import urlsplit

import pytest

from sat_sweep.home.files import open_folder
from sat_sweep.home.lease import Held, Lease
from sat_sweep.home.object_store import RemoteFolder
from tests.faults.proxy import Proxy

PLACE = "s3://bucket/leases"


@pytest.fixture
def proxy(s3: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    proxy = Proxy(urlsplit(s3["AWS_ENDPOINT_URL"]).port or 0)
    yield proxy
    proxy.close()


def folder(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> RemoteFolder:
    """The same place through another address."""
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()  # it remembers the address
    with monkeypatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", endpoint)
        found = open_folder(PLACE)
        found.check()  # now it has read its environment
    assert isinstance(found, RemoteFolder)
    return found


def test_its_holder_keeps_it_and_nobody_else_gets_it(
        proxy: Proxy, s3: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    lost = Event()
    holder = Lease(folder(f"http://127.0.0.1:{proxy.port}", monkeypatch), "lease", lost.set, renewal=0.1)
    holder.acquire()
    proxy.change("loses")
    end = time.monotonic() + 120
    while proxy.lost < 12:
        assert not lost.is_set()
        assert time.monotonic() < end, f"{proxy.lost} answers were lost"
        time.sleep(0.05)
    with pytest.raises(Held):
        Lease(folder(s3["AWS_ENDPOINT_URL"], monkeypatch), "lease", lambda: None).acquire()
    proxy.change("passes")
    holder.assure()
    holder.release()
    assert not lost.is_set()
