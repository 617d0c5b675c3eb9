"""What somebody else has put into a home, with a right checksum, is damage like any other: never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from contextlib import suppress
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sat_sweep.execution.ray_tune.claims import Claims
from sat_sweep.execution.ray_tune.fair_share import Claim
from sat_sweep.home import Damaged, Home, Result, SweepHome, SweepRecord, packs, sealed, unsealed
from sat_sweep.home.files import LocalFolder
from sat_sweep.home.holder import Holder, birth
from sat_sweep.home.packs import Copy, decode, encode
from sat_sweep.home.plain import is_plain
from sat_sweep.home.status import StudyStatus, WorkerShare, read_status, write_status
from sat_sweep.report.build import build_report
from sat_sweep.sweep.launchers.base import kept_handle
from tests.tracking.mirrored_home import home, result

WRONG = (None, True, -1, 7, 0.5, float("nan"), 10**400, "", "text", [], [1], ["a"], {}, {"a": 1}, {"name": []})
"""One of these is of a wrong type or size wherever it is put, or does no harm."""
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
                    max_leaves=8)


@pytest.fixture
def sweep(tmp_path: Path) -> SweepHome:
    return home(tmp_path)


def planted(sweep: SweepHome, key: str, content: Any) -> None:
    """Write `content` under `key` with a right checksum."""
    sweep.folder.write(key, sealed(content))


def read_all(sweep: SweepHome) -> None:
    """Do what commands do with all that the home has; whatever cannot be used is told as Damaged or a UserError."""
    from sat_sweep.errors import UserError

    for read in (sweep.describe, lambda: list(sweep.results()), lambda: read_status(sweep).to_json(),
                 lambda: build_report(sweep).to_json(), lambda: kept_handle(sweep)):
        with suppress(UserError):
            read()


@pytest.mark.parametrize("name", list(vars(result("ce", "search", 0))))
def test_every_field_of_a_result_has_its_type(sweep: SweepHome, name: str) -> None:
    content = vars(result("ce", "search", 0))
    for value in WRONG:
        planted(sweep, "results/ce/symmetric-0.4/search-0000.json", {**content, name: value})
        read_all(sweep)


@pytest.mark.parametrize("change", [
    {"number": "0"}, {"number": -1}, {"state": "won"}, {"stage": "final"}, {"value": "1.0"}, {"history": [[]]},
    {"history": [{"epoch": 1}]}, {"transition": [["1"]]}, {"versions": {"torch": 2}}, {"started": "today"},
    {"value": float("nan")}, {"seed": 10**400}, {"number": True}, {"values": []}, {"reason": 5},
])
def test_a_result_of_other_types_is_damaged(change: dict[str, Any]) -> None:
    with pytest.raises(Damaged, match="no result"):
        Result.decode(sealed({**vars(result("ce", "search", 0)), **change}))


@pytest.mark.parametrize("metrics", [
    {"test/accuracy": "1.0"}, {"test/accuracy": None}, {"test/accuracy": True}, {"test/accuracy": float("inf")}, [],
])
def test_metrics_of_a_result_are_finite_numbers(metrics: Any) -> None:
    content = vars(result("ce", "search", 0))
    history = [{**content["history"][0], "metrics": metrics}]
    with pytest.raises(Damaged, match="no result"):
        Result.decode(sealed({**content, "history": history}))


@pytest.mark.parametrize("name", list(SweepRecord("x").to_json()))
def test_every_field_of_a_sweeps_record_has_its_type(sweep: SweepHome, name: str) -> None:
    record = sweep.describe()
    assert record is not None
    for value in WRONG:
        for key in ("sweep.json", "sweep.copy.json"):
            planted(sweep, key, {**record.to_json(), name: value})
        read_all(sweep)


@pytest.mark.parametrize("change", [
    {"space": {"confirm": "x"}}, {"space": {"confirm": {"seeds": "5"}}}, {"space": {"task": {"name": 5}}},
    {"space": {"methods": 5}}, {"space": {"plugins": ["evil.py"]}}, {"space": {"budget": [1]}}, {"state": "won"},
    {"studies": [{"key": 5, "method": "ce", "noise": ""}]}, {"data": {"fingerprint": 5, "train": 10}},
    {"searched": {"a": "b"}}, {"trials_per_gpu": 0.5}, {"created": None},
])
def test_a_record_of_other_types_is_damaged(change: dict[str, Any]) -> None:
    with pytest.raises(Damaged, match="no record"):
        SweepRecord.decode(sealed({**SweepRecord("toy").to_json(), **change}))


STATUS = ("sweep", "state", "studies", "budget", "owner", "share", "work", "baseline", "heartbeat", "unit")


@pytest.mark.parametrize("name", STATUS)
def test_every_field_of_a_status_has_its_type(sweep: SweepHome, name: str) -> None:
    study = StudyStatus("ce", "symmetric-0.4", "search", 3, 1, 1, 1, 0, 0.5)
    write_status(sweep, "running", [study], {"hours": 1.0}, "me", WorkerShare(1, 1, 2, 1.0))
    content = unsealed(sweep.folder.read("status.json") or b"")
    for value in (*WRONG, [{**asdict(study), "complete": "1"}], {"workers": "1", "share": 1, "of": 1, "weight": 1}):
        planted(sweep, "status.json", {**content, name: value})
        read_all(sweep)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=JSON, key=st.sampled_from(["sweep.json", "status.json", "driver.json", "driver.lock.json",
                                          "results/ce/symmetric-0.4/search-0000.json"]))
def test_any_json_anywhere(sweep: SweepHome, content: Any, key: str) -> None:
    sweep.folder.write(key, json.dumps(content).encode())
    read_all(sweep)
    Holder.decode(json.dumps(content).encode())


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"format": 1}', b'{"checksum": [], "format": {}}',
                                     b'{"a": ' + b"1" * 5000 + b"}"])
def test_json_that_is_deep_or_long(sweep: SweepHome, content: bytes) -> None:
    for key in ("sweep.json", "sweep.copy.json", "status.json", "results/ce/symmetric-0.4/search-0000.json"):
        sweep.folder.write(key, content)
    with pytest.raises(Damaged):
        unsealed(content)
    read_all(sweep)


@pytest.mark.parametrize(("value", "hint", "fits"), [
    (1, int, True), (True, int, False), (2**64, int, False), (1, float, True), (float("inf"), float, True),
    (float("nan"), float, False), ("1", float, False), (None, int | None, True), ("a", int | None, False),
    ([1.0, 2], list[float], True), ([1.0, "2"], list[float], False), ((1,), tuple[int, ...], True),
    (1, list[int], False),
    ({"a": 1}, dict[str, int], True), ({1: 1}, dict[str, int], False), ([], dict[str, int], False),
    ({"a": object()}, dict[str, Any], True),
])
def test_what_annotations_say(value: Any, hint: Any, fits: bool) -> None:
    assert is_plain(value, hint) is fits


# Packs: right checksums, and nothing in them is right


def pack_of(head: Any, body: bytes = b"") -> bytes:
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    content = len(text).to_bytes(8, "little") + text + body
    return packs.MAGIC + sha256(content).digest() + content


@pytest.mark.parametrize("head", [b"", b"[", b"[" * 100_000, 5, [5], [[1, 2, 3]], [["a", "b", "c"]], [["a", "b", -5]],
                                  [["a", "b"]], {"a": 1}], ids=range(10))
def test_a_forged_pack_has_no_copies(head: Any) -> None:
    assert decode(pack_of(head, b"content")) == {}


def test_a_forged_copy_is_read_from_the_result_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "LARGEST", 1000)
    sweep = SweepHome(Home("memory://planted").sweep("toy").folder, "toy")
    sweep.add_result(result("ce", "search", 0))
    (mark,) = packs.marks_of(sweep.folder).values()
    for forged in (b"no zlib", zlib.compress(bytes(10**6)), b""):
        sweep.folder.write("packs/evil.pack", encode({"ce/symmetric-0.4/search-0000.json": Copy(mark, forged)}))
        assert [found.name for found in sweep.results()] == ["ce/symmetric-0.4/search-0000"]


# Claims, holders


@pytest.mark.parametrize("change", [
    {"wants": "all"}, {"wants": -5}, {"holds": None}, {"weight": 0}, {"weight": -1.0}, {"weight": "x"}, {"amounts": 5},
    {"amounts": {"CPU": "1"}}, {"amounts": {"CPU": -1}}, {"labels": [1]}, {"sweep": 5}, {"weight": float("inf")},
])
def test_a_claim_of_other_types_is_none(change: dict[str, Any]) -> None:
    class Table(dict):  # type: ignore[type-arg]
        def put(self, key: bytes, value: bytes, namespace: str) -> None:
            self[key] = value

        def list(self, prefix: bytes, namespace: str) -> list[bytes]:
            return list(self)

        def get(self, key: bytes, namespace: str) -> bytes:  # type: ignore[override]
            return bytes(self[key])

    table, mine, other = Table(), Claim("mine", 1, 1, {"CPU": 1}, {}), asdict(Claim("other", 1, 1, {"CPU": 1}, {}))
    table[b"claims/other"] = json.dumps(other).encode()
    assert [claim.sweep for claim in Claims(table).exchange(mine)] == ["other"]
    table[b"claims/other"] = json.dumps({**other, **change}).encode()
    assert Claims(table).exchange(mine) == []


@pytest.mark.parametrize("content", [b"", b"5", b"[]", b'{"pid": "1", "host": "x"}', b'{"pid": -1, "host": "x"}',
                                     b'{"pid": 1}', b'{"pid": 1, "host": 5}', b'{"pid": true, "host": "x"}'])
def test_a_note_of_no_holder_is_none(content: bytes) -> None:
    assert Holder.decode(content) is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells who has a file open")
def test_a_note_names_nobody_who_does_not_hold_the_file(tmp_path: Path) -> None:
    """Whoever may write the note may write any process into it, and that would be ended."""
    lock = tmp_path / "mirror.lock"
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        noted = replace(Holder.here(), pid=bystander.pid, born=birth(bystander.pid))
        with lock.open("w"):
            assert noted.is_alive_here
            assert not noted.has_open(lock)
            assert Holder.here().has_open(lock)
            assert not replace(Holder.here(), host="elsewhere").has_open(lock)
        assert not Holder.here().has_open(lock)
    finally:
        bystander.communicate(b"\n")


def test_a_pipe_is_read_as_an_empty_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert LocalFolder(tmp_path).read("pipe") == b""
    assert LocalFolder(tmp_path).read("none") is None
