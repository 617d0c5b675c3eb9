"""With a key of the home nobody is believed who does not have it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from sat_sweep.errors import UserError
from sat_sweep.home import Damaged, Home, SweepHome, choose_home, key, sealed, unsealed
from sat_sweep.home.checksum import OtherKey
from sat_sweep.home.packs import Copy, decode, encode
from sat_sweep.home.status import read_status
from sat_sweep.training.evidence import Evidence, PartEvidence
from sat_sweep.training.record import EpochRecord
from sat_sweep.training.trajectory import state
from tests.tracking.mirrored_home import home, result

KEY, OTHER = "sixteen letters and some more", "another key, also long enough"
RESULT = "results/ce/symmetric-0.4/search-0000.json"
SetKey = Callable[[str | None], None]


@pytest.fixture
def with_key(monkeypatch: pytest.MonkeyPatch) -> SetKey:
    def be(secret: str | None) -> None:
        if secret is None:
            monkeypatch.delenv(key.VARIABLE, raising=False)
        else:
            monkeypatch.setenv(key.VARIABLE, secret)

    return be


def test_without_a_key_bytes_are_what_they_were() -> None:
    checksum = b"6e96682a0a321fab47e818abd0dd8c71d29fb3e676f3b41c74a98ffce139db9c"
    assert sealed({"a": 1}) == b'{"checksum": "%s","format": 1, "a": 1}' % checksum


def test_a_signed_record_comes_back_and_no_changed_byte_of_it_does(with_key: SetKey) -> None:
    with_key(KEY)
    file = sealed({"value": 0.125, "reason": None})
    assert unsealed(file) == {"value": 0.125, "reason": None}
    assert json.loads(file)["format"] == 1
    assert KEY.encode() not in file
    for place in range(len(file)):
        changed = file[:place] + bytes([file[place] ^ 1]) + file[place + 1:]
        with pytest.raises(Damaged):
            unsealed(changed)


@pytest.mark.parametrize(("written", "read", "kind", "words"), [
    (None, KEY, Damaged, "not signed with this home's key"), (OTHER, KEY, OtherKey, "not signed with this home's key"),
    (KEY, None, OtherKey, "neither SAT_SWEEP_HOME_KEY nor SAT_SWEEP_HOME_KEY_FILE is set"),
])
def test_who_has_another_key_is_told_so(with_key: SetKey, written: str | None, read: str | None,
                                        kind: type[Damaged], words: str) -> None:
    with_key(written)
    file = sealed({"a": 1})
    with_key(read)
    with pytest.raises(kind, match=words) as told:
        unsealed(file)
    assert not any(secret in str(told.value) for secret in (KEY, OTHER))


def test_the_name_of_the_key_alone_opens_nothing(with_key: SetKey) -> None:
    """It stands in every record."""
    with_key(KEY)
    for content in ({"hmac-256": "", "signed_by": key.key_name(), "a": 1}, {"signed_by": key.key_name()}):
        with pytest.raises(Damaged, match="checksum is wrong"):
            unsealed(json.dumps(content).encode())


def test_what_was_written_before_there_were_checksums_is_not_believed_with_a_key(with_key: SetKey) -> None:
    assert unsealed(b'{"a": 1}') == {"a": 1}
    with_key(KEY)
    for content in (b'{"a": 1}', b"[1]"):
        with pytest.raises(Damaged, match="not signed"):
            unsealed(content)


def test_states_packs_and_evidence_are_signed_too(with_key: SetKey) -> None:
    history = (EpochRecord(1, {"train/loss": 0.5}, "abc", False),)
    some = state.State({"weight": torch.ones(3)}, history, "abc")
    labels, numbers = np.zeros(2, np.int32), np.zeros(2, np.float32)
    evidence = Evidence(PartEvidence(np.arange(2, dtype=np.int32), labels, labels, numbers, numbers,
                                     np.full((2, 3), 1 / 3, np.float32), np.empty((0, 3), np.float32)))
    forms: dict[str, tuple[Callable[[], bytes], Callable[[bytes], object]]] = {
        "state": (lambda: b"".join(map(bytes, state.encode(some))), lambda file: state.decode(bytearray(file))),
        "pack": (lambda: encode({"key": Copy.of("mark", b"content")}), lambda file: decode(file) or None),
        "evidence": (evidence.encode, Evidence.decode),
    }
    for write, read in forms.values():
        with_key(None)
        plain = write()
        assert read(plain) is not None
        with_key(KEY)
        signed = write()
        assert read(signed) is not None
        assert read(plain) is None
        assert KEY.encode() not in signed
        with_key(OTHER)
        assert read(signed) is None
        with_key(None)
        assert read(signed) is None


# A home


def test_a_forged_result_is_as_if_it_were_not_there(tmp_path: Path, with_key: SetKey,
                                                    capfd: pytest.CaptureFixture[str]) -> None:
    with_key(KEY)
    sweep = home(tmp_path)
    before = {found.name for found in sweep.results()}
    with_key(None)
    sweep.folder.write(RESULT, result("ce", "search", 0, value=1.0).encode())
    with_key(KEY)
    assert before - {found.name for found in sweep.results()} == {"ce/symmetric-0.4/search-0000"}
    said = capfd.readouterr().err
    assert "not signed with this home's key" in said
    assert KEY not in said


def test_a_forged_status_is_counted_from_the_results(tmp_path: Path, with_key: SetKey) -> None:
    with_key(KEY)
    sweep = home(tmp_path)
    sweep.update(state="finished")
    with_key(None)
    sweep.folder.write("status.json", sealed({"sweep": "toy", "state": "failed", "studies": [], "heartbeat": 1.0}))
    with_key(KEY)
    assert read_status(sweep).state == "finished"


def test_a_forged_record_is_read_from_its_copy(tmp_path: Path, with_key: SetKey) -> None:
    with_key(KEY)
    sweep = home(tmp_path)
    record = sweep.describe()
    assert record is not None
    with_key(None)
    sweep.folder.write("sweep.json", record.changed(searched={"ce": 1}).encode())
    with_key(KEY)
    assert sweep.describe() == record


@pytest.mark.parametrize("mine", [None, OTHER])
def test_a_sweep_is_not_made_anew_by_who_lacks_its_key(tmp_path: Path, with_key: SetKey, mine: str | None) -> None:
    with_key(KEY)
    sweep = home(tmp_path)
    with_key(mine)
    with pytest.raises(UserError, match=r"SAT_SWEEP_HOME_KEY") as told:
        sweep.describe()
    assert not isinstance(told.value, Damaged), "launching its space file would make it anew"


def test_what_was_signed_for_another_sweep_is_not_of_this_one(tmp_path: Path, with_key: SetKey) -> None:
    with_key(KEY)
    sweep, other = home(tmp_path), SweepHome(Home(str(tmp_path)).sweep("other").folder, "other")
    for name in ("sweep.json", "sweep.copy.json", RESULT):
        other.folder.write(name, sweep.folder.read(name) or b"")
    assert list(other.results()) == []
    with pytest.raises(Damaged):
        other.describe()


# Where the key comes from


def test_a_key_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    monkeypatch.setenv(key.FILE_VARIABLE, str(tmp_path / "key"))
    assert key.home_key() == KEY.encode()
    monkeypatch.setenv(key.VARIABLE, OTHER)
    assert key.home_key() == OTHER.encode()
    assert key.key_name() not in (None, OTHER)


@pytest.mark.parametrize("secret", ["tiny", "fifteen letters", "   " + "x" * 15 + "   "])
def test_a_short_key_is_refused_and_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    (tmp_path / "key").write_text(secret)
    for name, value in ((key.VARIABLE, secret), (key.FILE_VARIABLE, str(tmp_path / "key"))):
        with monkeypatch.context() as only:
            only.setenv(name, value)
            with pytest.raises(UserError, match="fewer than 16 letters") as told:
                choose_home(None)
        assert secret.strip() not in str(told.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(key.FILE_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(UserError, match="cannot be read"):
        choose_home(None)
