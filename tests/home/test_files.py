"""Folders on disk and in an object store behave alike."""

import pytest

from sat_sweep.home import Home
from sat_sweep.home.files import open_folder


@pytest.fixture(params=["disk", "object store"])
def folder(request, tmp_path):
    return open_folder(tmp_path / "f" if request.param == "disk" else f"memory://{tmp_path.name}")


def test_write_read_delete(folder):
    assert folder.read("a/b") is None
    folder.write("a/b", b"1")
    folder.write("a/b", b"22")
    assert folder.read("a/b") == b"22"
    assert folder.exists("a/b")
    folder.delete("a/b")
    folder.delete("a/b")
    assert not folder.exists("a/b")


def test_listing(folder):
    folder.write("a/b", b"1")
    folder.write("c", b"22")
    assert sorted((entry.key, entry.size) for entry in folder.entries()) == [("a/b", 1), ("c", 2)]
    assert folder.children() == ["a", "c"]
    assert folder.inside("a").children() == ["b"]
    assert folder.inside("nothing").children() == []
    assert list(folder.inside("nothing").entries()) == []


def test_interrupted_writes_are_not_seen(tmp_path):
    folder = open_folder(tmp_path)
    (tmp_path / ".x.123").write_bytes(b"torn")
    assert list(folder.entries()) == []


def test_a_home_is_at_the_same_place_for_a_process_in_another_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Home("sweeps").address == str(tmp_path / "sweeps")
    assert Home("memory://sweeps").address == "memory://sweeps"
