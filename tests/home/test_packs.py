"""Results in an object store are read from packs, and are never anything but what their own objects say."""

from __future__ import annotations

from pathlib import Path

import pytest

from sat_sweep.errors import StoreUnavailable
from sat_sweep.home import Home, SweepHome, packer, packs, warn
from sat_sweep.home.object_store import RemoteFolder
from sat_sweep.home.packs import Copy, decode, encode
from tests.tracking.mirrored_home import result


@pytest.fixture
def sweep(tmp_path: Path) -> SweepHome:
    return Home(f"memory://{tmp_path.name}").sweep("toy")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys that are read from now on."""
    read, keys = RemoteFolder.read, []

    def noted(self: RemoteFolder, key: str) -> bytearray | None:
        keys.append(key)
        return read(self, key)

    monkeypatch.setattr(RemoteFolder, "read", noted)
    return keys


def add(sweep: SweepHome, *numbers: int, value: float = 0.5) -> None:
    for number in numbers:
        sweep.add_result(result("ce", "search", number, value=value))


def scores(sweep: SweepHome) -> dict[int, float | None]:
    return {found.number: found.value for found in sweep.results()}


def pack_keys(sweep: SweepHome) -> list[str]:
    return sweep.folder.inside("packs").children()


def packed(sweep: SweepHome, *numbers: int) -> str:
    """A driver adds these results; the key of its pack."""
    with sweep.packing():
        add(sweep, *numbers)
    (key,) = pack_keys(sweep)
    return f"packs/{key}"


def test_a_pack_spares_reading_its_results(sweep, reads):
    key = packed(sweep, 3, 1, 2)
    reads.clear()
    found = list(sweep.results())
    assert [each.number for each in found] == [1, 2, 3]
    assert reads == [key.removeprefix("packs/")]
    assert found == [sweep.result(each.name) for each in found]


def test_a_result_that_was_written_again_is_read_itself(sweep):
    packed(sweep, 1, 2)
    add(sweep, 2, value=0.25)
    assert scores(sweep) == {1: 0.5, 2: 0.25}


def test_a_damaged_result_is_noticed_although_a_copy_of_it_was_good(sweep, capsys, monkeypatch):
    monkeypatch.setattr(warn, "_told", set())
    packed(sweep, 1, 2)
    key = f"results/{result('ce', 'search', 2).name}.json"
    sweep.folder.write(key, bytes(sweep.folder.read(key) or b"")[:-1] + b" ")
    assert scores(sweep) == {1: 0.5}
    assert "ce/symmetric-0.4/search-0002 of sweep 'toy' cannot be used" in capsys.readouterr().err


def test_a_result_that_is_gone_is_not_brought_back(sweep):
    packed(sweep, 1, 2)
    sweep.folder.delete(f"results/{result('ce', 'search', 1).name}.json")
    assert scores(sweep) == {2: 0.5}


@pytest.mark.parametrize("damage", ["flipped", "torn", "empty", "foreign", "gone"])
def test_without_a_sound_pack_results_are_read_one_by_one(sweep, damage):
    key = packed(sweep, 1, 2)
    pack = bytes(sweep.folder.read(key) or b"")
    sweep.folder.write(key, {"flipped": pack[:-9] + bytes([pack[-9] ^ 1]) + pack[-8:], "torn": pack[:60], "empty": b"",
                             "foreign": b"PK" + pack, "gone": b""}[damage])
    if damage == "gone":
        sweep.folder.delete(key)
    assert scores(sweep) == {1: 0.5, 2: 0.5}


def test_no_single_changed_byte_of_a_pack_is_believed():
    copies = {"a": Copy.of("1", b"content"), "b": Copy.of("2", b"")}
    pack = encode(copies)
    assert decode(pack) == copies
    assert [copy.content for copy in decode(pack).values()] == [b"content", b""]
    for place in range(len(pack)):
        assert decode(pack[:place] + bytes([pack[place] ^ 1]) + pack[place + 1:]) == {}


def test_the_next_driver_packs_what_the_last_one_left(sweep, reads):
    add(sweep, 1, 2, 3)
    assert pack_keys(sweep) == []
    packed(sweep)
    reads.clear()
    assert scores(sweep) == {1: 0.5, 2: 0.5, 3: 0.5}
    assert len(reads) == 1


def test_however_often_a_sweep_is_resumed_packs_stay_few(sweep, monkeypatch):
    for module in (packs, packer):
        monkeypatch.setattr(module, "CAPACITY", 4)
    for number in range(11):
        with sweep.packing():
            add(sweep, number)
    contents = [found for _, found in packs.packs_of(sweep.folder)]
    assert sum(map(len, contents)) == 11
    assert len(contents) <= 11 / 2 + 1
    assert len(scores(sweep)) == 11


def test_a_full_pack_is_followed_by_the_next(sweep, monkeypatch):
    monkeypatch.setattr(packer, "CAPACITY", 4)
    with sweep.packing():
        add(sweep, *range(10))
    assert sorted(len(found) for _, found in packs.packs_of(sweep.folder)) == [2, 4, 4]


def test_a_store_that_takes_no_packs_loses_no_result(sweep, monkeypatch):
    put = RemoteFolder.put

    def refusing(self: RemoteFolder, key: str, content: bytes) -> str:
        if "packs" in key:
            raise StoreUnavailable("no")
        return put(self, key, content)

    monkeypatch.setattr(RemoteFolder, "put", refusing)
    with sweep.packing():
        add(sweep, 1, 2)
    assert pack_keys(sweep) == []
    assert scores(sweep) == {1: 0.5, 2: 0.5}


def test_on_a_disk_there_are_none(tmp_path):
    sweep = Home(str(tmp_path)).sweep("toy")
    with sweep.packing():
        add(sweep, 1)
    assert not (tmp_path / "toy/packs").exists()
    assert scores(sweep) == {1: 0.5}


def test_what_must_not_be_lost_is_written_once_the_store_is_back(sweep, monkeypatch):
    """A store that refuses is another matter: no time will help."""
    put, tries = RemoteFolder.put, []

    def away_at_first(self: RemoteFolder, key: str, content: bytes) -> str:
        tries.append(key)
        if len(tries) < 3:
            raise StoreUnavailable("away") from ConnectionError()
        if len(tries) > 3:
            raise StoreUnavailable("no") from Refusal()
        return put(self, key, content)

    class Refusal(OSError):
        def __init__(self) -> None:
            self.response = {"Error": {"Code": "AccessDenied"}}

    monkeypatch.setattr(RemoteFolder, "put", away_at_first)
    monkeypatch.setattr("sat_sweep.home.object_store.PATIENCE", (0.0, 0.0, 0.0))
    add(sweep, 1)
    assert scores(sweep) == {1: 0.5}
    with pytest.raises(StoreUnavailable):
        add(sweep, 2)
    assert len(tries) == 4
