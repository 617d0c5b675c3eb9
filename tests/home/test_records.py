"""What is read back is believed only if it is as it was written; what came before checksums is read as well."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from sat_sweep.home import Damaged, Home, Result, SweepHome, SweepRecord, sealed, unsealed, warn
from sat_sweep.home.checksum import TooNew
from sat_sweep.home.status import StudyStatus, read_status, write_status
from tests.tracking.mirrored_home import home, result

NAME = "ce/symmetric-0.4/search-0000"


@pytest.fixture(autouse=True)
def nothing_told_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warn, "_told", set())


@pytest.fixture
def sweep(tmp_path: Path) -> SweepHome:
    return home(tmp_path)


def file(sweep: SweepHome, key: str) -> Path:
    return sweep.folder.path / key  # type: ignore[attr-defined, no-any-return]


def flip_a_digit(path: Path, after: str) -> None:
    """Change the first digit behind `after` to another."""
    text = path.read_text()
    place = next(i for i in range(text.index(after) + len(after), len(text)) if text[i].isdigit())
    path.write_text(f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1:]}")


@pytest.mark.parametrize("content", [{}, {"a": [1.5, None, "ü"], "b": {"c": 1e-300}}])
@pytest.mark.parametrize("indent", [None, 1])
def test_a_sealed_record_is_plain_json_and_comes_back(content, indent):
    file = sealed(content, indent)
    assert unsealed(file) == content
    assert {**content, "format": 1} == {k: v for k, v in json.loads(file).items() if k != "checksum"}


def test_no_single_changed_byte_is_believed():
    file = sealed({"value": 0.125, "reason": None})
    for place in range(len(file)):
        for byte in (file[place] ^ 1, ord("0"), ord(" ")):
            changed = file[:place] + bytes([byte]) + file[place + 1:]
            if changed != file:
                with pytest.raises((Damaged, TooNew)):
                    unsealed(changed)


@pytest.mark.parametrize("file", [b"", b"{", b"\xff\x00", b"12", sealed({"a": 1})[:-1], sealed({"a": 1})[:80]])
def test_what_is_torn_is_damaged(file):
    with pytest.raises(Damaged):
        unsealed(file)


def test_a_record_of_a_later_version_is_not_misread(monkeypatch):
    monkeypatch.setattr("sat_sweep.home.checksum.FORMAT", 2)
    file = sealed({})
    monkeypatch.undo()
    with pytest.raises(TooNew, match="later version"):
        unsealed(file)


def test_a_home_from_before_checksums_goes_on(sweep: SweepHome) -> None:
    old = result("ce", "search", 0)
    content = {name: value for name, value in asdict(old).items() if name != "vary"}
    file(sweep, f"results/{NAME}.json").write_text(json.dumps(content))
    record = sweep.describe()
    assert record is not None
    file(sweep, "sweep.json").write_text(json.dumps(record.to_json(), indent=1))
    file(sweep, "sweep.copy.json").unlink()
    file(sweep, "status.json").write_text(json.dumps(
        {"sweep": "toy", "state": "finished", "studies": [], "heartbeat": 0.0}))
    assert sweep.result(NAME) == old
    assert sweep.describe() == record
    assert read_status(sweep).state == "finished"


# Results


def damage_with(kind: str, path: Path) -> None:
    if kind == "a flipped digit":
        flip_a_digit(path, '"val/noisy_accuracy": ')
    else:
        path.write_bytes(b"" if kind == "empty" else path.read_bytes()[:100])


@pytest.mark.parametrize("kind", ["a flipped digit", "empty", "truncated"])
def test_a_damaged_result_counts_as_none(sweep: SweepHome, kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    before = {found.name: found for found in sweep.results()}
    damage_with(kind, file(sweep, f"results/{NAME}.json"))
    del before[NAME]
    assert {found.name: found for found in sweep.results()} == before
    assert sweep.result(NAME) is None
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert NAME in said
    assert "next launch" in said


def test_a_result_under_another_name_is_none(sweep: SweepHome) -> None:
    other = "ce/symmetric-0.4/search-0001"
    file(sweep, f"results/{other}.json").write_bytes(file(sweep, f"results/{NAME}.json").read_bytes())
    assert sweep.result(other) is None


def test_results_say_where_they_were_varied(sweep: SweepHome) -> None:
    varied = result("ce", "search", 0, vary={"model.width": 4})
    sweep.add_result(varied)
    assert sweep.result(NAME) == varied
    assert result("ce", "search", 0).vary == {}


# The record of a sweep


@pytest.mark.parametrize("kind", ["empty", "truncated"])
def test_a_damaged_record_is_read_from_its_copy(sweep: SweepHome, kind: str,
                                                capfd: pytest.CaptureFixture[str]) -> None:
    record = sweep.describe()
    damage_with(kind, file(sweep, "sweep.json"))
    assert sweep.describe() == record
    assert "sweep.json of sweep 'toy' cannot be used" in capfd.readouterr().err
    sweep.update(state="stopped")
    assert SweepRecord.decode(file(sweep, "sweep.json").read_bytes()).state == "stopped"


def test_without_a_sound_copy_there_is_one_sentence(sweep: SweepHome) -> None:
    for key in ("sweep.json", "sweep.copy.json"):
        file(sweep, key).write_text("")
    with pytest.raises(Damaged, match=r"it is empty; launching its space file again makes it anew"):
        sweep.describe()


def test_the_record_is_typed(sweep: SweepHome) -> None:
    sweep.update(data={"fingerprint": "f", "train": 10, "classes": ["a", "b"], "of a later version": 1})
    record = sweep.describe()
    assert record is not None
    assert record.data is not None
    assert (record.data.classes, record.seeds, record.studies[1].key) == (("a", "b"), 2, "sat+reset/symmetric-0.4")
    assert record == record.changed()


# The status


STUDY = StudyStatus("ce", "symmetric-0.4", "search", 3, 1, 1, 1, 0, 0.5)


@pytest.mark.parametrize("kind", ["empty", "truncated"])
def test_a_damaged_status_is_counted_again(sweep: SweepHome, kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    write_status(sweep, "running", [STUDY])
    damage_with(kind, file(sweep, "status.json"))
    sweep.update(state="finished")
    status = read_status(sweep)
    assert status.state == "finished"
    known = replace(STUDY, best=None, why_failed="epoch 5: not finite")  # which value is best, only a task knows
    assert status.studies[0] == known
    assert [(study.method, study.stage, study.ended, study.budget) for study in status.studies] == [
        ("ce", "search", 3, 3), ("ce", "confirm", 2, 2), ("sat+reset", "search", 3, 3), ("sat+reset", "confirm", 2, 2)]
    assert "counted again" in capfd.readouterr().err


def test_a_status_comes_back_as_it_was_written(sweep: SweepHome) -> None:
    varied = replace(STUDY, vary={"model.width": 4})
    write_status(sweep, "running", [STUDY, varied])
    plain = {name: value for name, value in vars(STUDY).items() if name not in ("vary", "unsearched", "why_failed")}
    studies = [plain, {**plain, "vary": {"model.width": 4}}]
    content = read_status(sweep).to_json()
    assert content.pop("heartbeat") > 0
    assert content == {"sweep": "toy", "state": "running", "studies": studies}


def test_a_sweep_that_was_running_without_a_sound_status_is_interrupted(sweep: SweepHome) -> None:
    file(sweep, "status.json").write_text("")
    assert read_status(sweep).state == "interrupted"


def test_a_sweep_that_nobody_knows_has_no_record(tmp_path: Path) -> None:
    assert Home(str(tmp_path)).sweep("none").describe() is None


def test_a_result_is_one_type() -> None:
    assert Result.decode(result("ce", "search", 0).encode()) == result("ce", "search", 0)


def test_what_a_budget_was_spent_on_comes_back_too(sweep: SweepHome) -> None:
    limits = {"hours": 8.0, "gpu_hours": None, "hours_taken": 1.5, "gpu_hours_taken": 0.0, "search_ended": True}
    write_status(sweep, "running", [replace(STUDY, unsearched=2)], limits)
    assert read_status(sweep).to_json()["budget"] == limits
    assert read_status(sweep).studies[0].unsearched == 2


def test_of_a_search_that_a_budget_has_ended_only_what_counts_is_counted(sweep: SweepHome) -> None:
    sweep.update(searched={"ce/symmetric-0.4": 1})
    file(sweep, "status.json").write_text("")
    search = read_status(sweep).studies[0]
    assert (search.budget, search.ended, search.unsearched) == (1, 1, 2)
