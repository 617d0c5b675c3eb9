"""What is damaged or lost is computed again, or taken from where else it is known, and the answer is the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sat_sweep.home import Result
from tests.search.simulate import Killed, outcome, run, stored

DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "truncated": lambda content: content[:len(content) // 2],
    "flipped": lambda content: content.replace(b'"val/noisy_accuracy": 0.5', b'"val/noisy_accuracy": 0.9', 1),
}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    run(folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run(tmp_path)
    return tmp_path


def results(folder: Path) -> list[Path]:
    return sorted((folder / "home" / "simulated" / "results").rglob("[!.]*.json"))


def damage(folder: Path, kind: str, every: int) -> int:
    chosen = results(folder)[::every]
    for path in chosen:
        content = DAMAGES[kind](path.read_bytes())
        assert content != path.read_bytes()
        path.write_bytes(content)
    return len(chosen)


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("kind", DAMAGES)
def test_trials_with_damaged_results_run_again(folder, undisturbed, kind, every):
    count = damage(folder, kind, every)
    again = run(folder)
    assert again.finished
    assert outcome(folder) == outcome(undisturbed)
    assert stored(folder) == stored(undisturbed)
    lengths = [len(result.history) for result in again.home.results()]
    assert 0 < again.epochs_trained <= sum(sorted(lengths)[-count:])


@pytest.mark.parametrize("size", [0, 100, 20_000])
def test_truncated_studies_are_made_again_from_results(folder, undisturbed, size, capfd):
    database = folder / "home" / "studies.db"
    database.write_bytes(database.read_bytes()[:size])
    again = run(folder)
    assert again.finished
    assert again.epochs_trained == 0
    assert outcome(folder) == outcome(undisturbed)
    assert stored(folder) == stored(undisturbed)
    if size:  # an empty file is a new database
        assert "studies.db cannot be used, it is damaged; it is made again" in capfd.readouterr().err
        assert database.with_name("studies.db.damaged-1").exists()


def test_studies_and_results_may_both_be_damaged_in_the_middle_of_a_sweep(tmp_path, undisturbed):
    with pytest.raises(Killed):
        run(tmp_path, workers=3, kill_after=60)
    (tmp_path / "home" / "studies.db").write_bytes(b"")
    damage(tmp_path, "truncated", every=4)
    assert run(tmp_path, workers=2, order=1).finished
    assert outcome(tmp_path) == outcome(undisturbed)
    assert stored(tmp_path) == stored(undisturbed)


def test_a_longer_sweep_goes_on_from_results_alone(folder, tmp_path_factory):
    longer = tmp_path_factory.mktemp("longer")
    run(longer, trials=11)
    (folder / "home" / "studies.db").unlink()
    run(folder, trials=11)
    assert outcome(folder) == outcome(longer)
    assert stored(folder) == stored(longer)


def test_a_restart_in_the_midst_of_the_search_reads_every_result_once(tmp_path, monkeypatch):
    """They are most of what it has to read: of ten thousand trials it is seconds."""
    with pytest.raises(Killed):
        run(tmp_path, kill_after=20)
    known, read = len(results(tmp_path)), []
    decode = Result.decode
    monkeypatch.setattr(Result, "decode", lambda file: read.append(decode(file)) or read[-1])
    with pytest.raises(Killed):
        run(tmp_path, kill_after=1)
    assert [result.stage for result in read] == ["search"] * known
    assert known > 2
