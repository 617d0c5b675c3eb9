"""A lease whose answers are lost or late, and a holder that was stopped: never do two believe that they have it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from sat_sweep.home.files import open_folder
from sat_sweep.home.lease import Lease, Lost
from sat_sweep.home.object_store import RemoteFolder, Version


class Store(RemoteFolder):
    """A store in memory on which a write takes `seconds` of a clock; the answer to the next is lost where that is set.

    Its client has then tried again and was refused, as by a store that already has what it was sent.
    """

    seconds, answer_is_lost, clock = 0.0, False, 0.0
    written_at = 0.0

    def replace(self, key: str, content: bytes, mark: str | None) -> str | None:
        self.written_at = self.clock
        written = super().replace(key, content, mark)
        self.clock += self.seconds
        lost, self.answer_is_lost = self.answer_is_lost, False
        return None if lost else written

    def version(self, key: str) -> Version | None:
        known = super().version(key)
        return None if known is None else known._replace(age=self.clock - self.written_at)

    def now(self) -> float:
        return self.clock


@pytest.fixture
def store(tmp_path: Path) -> Store:
    folder = open_folder(f"memory://{tmp_path.name}")
    assert isinstance(folder, RemoteFolder)
    return Store(folder.filesystem, folder.root)


def lease_on(store: Store, on_lost: Callable[[], None] = lambda: None, renewal: float = 0.2) -> Lease:
    return Lease(store, "lease", on_lost, renewal, expiry=30.0, now=store.now)


def never_renewed(store: Store, on_lost: Callable[[], None] = lambda: None) -> Lease:
    """One whose thread sleeps: the test renews."""
    return Lease(store, "lease", on_lost, renewal=10_000.0, expiry=10_030.0, now=store.now)


def test_who_takes_it_and_hears_nothing_of_that_is_not_refused_by_itself(store: Store) -> None:
    store.answer_is_lost = True
    lease = lease_on(store)
    lease.acquire()
    lease.assure()
    lease.release()
    assert store.version("lease") is None


def test_a_lost_answer_to_a_renewal_is_no_loss(store: Store) -> None:
    lost = Event()
    lease = never_renewed(store, lost.set)
    lease.acquire()
    for _ in range(3):
        store.answer_is_lost = True
        assert lease.renew()
    assert lease.is_sure
    assert not lost.is_set()
    lease.release()


@pytest.mark.parametrize("answer_is_lost", [True, False])
def test_it_counts_from_when_the_store_got_it_however_late_that_is_heard(store: Store, answer_is_lost: bool) -> None:
    """Another one may take it 30 seconds after that."""
    lease = never_renewed(store)
    lease.acquire()
    store.seconds, store.answer_is_lost = 31.0, answer_is_lost
    assert lease.renew()
    assert not lease.is_sure
    store.seconds = 0.0
    assert lease.renew()
    assert lease.is_sure
    lease.release()


def test_a_holder_that_was_stopped_writes_nothing_once_another_one_has_it(store: Store) -> None:
    lost = Event()
    first, second = lease_on(store, lost.set), lease_on(store)
    first.acquire()
    store.permit = first.assure
    second.take_over()
    store.clock += 100.0
    with pytest.raises(Lost):
        store.write("a", b"late")
    with pytest.raises(Lost):
        store.inside("b").delete("c")
    assert lost.is_set()
    store.permit = second.assure
    assert store.read("a") is None
    for lease in (first, second):
        lease.release()


def test_a_holder_that_was_stopped_goes_on_if_nobody_took_it(store: Store) -> None:
    lease = lease_on(store)
    lease.acquire()
    store.permit = lease.assure
    store.clock += 100.0
    assert not lease.is_sure
    store.write("a", b"late")
    assert lease.is_sure
    assert store.read("a") == b"late"
    lease.release()
