"""What people are told of a sweep that runs."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from threading import Event

from rich.console import Console

from sat_sweep.home.status import Status, StudyStatus
from sat_sweep.home.work import Work
from sat_sweep.sweep.live_table import drawn, live_table
from sat_sweep.sweep.telling import failure_words, life_words, progress_words, score_words, sharing_words


def study(method: str, noise: str, best: float | None, stage: str = "search") -> StudyStatus:
    return StudyStatus(method, noise, stage, 8, complete=3, pruned=1, failed=1, running=2, best=best)


WORK = Work(at=1000.0, done=250.0, expected=1000.0, seconds_left=750.0, epochs_requested=400, epochs_trained=300)
BEST = (("ce", "a", 0.5), ("sat", "a", 0.625), ("ce", "b", 0.25), ("sat", "b", None))
STATUS = Status("s", "running", tuple(study(*each, stage) for each in BEST for stage in ("search", "confirm")),
                work=WORK, baseline="ce", heartbeat=1000.0)


def table(status: Status, now: float) -> list[list[str]]:
    console = Console(width=200, record=True, file=StringIO())
    console.print(drawn(status, now))
    return [line.split() for line in console.export_text().splitlines()]


def test_time_and_work_are_told_while_it_runs():
    assert progress_words(STATUS, 1150.0) == "40 of 64 trials, 25 % of the work, about 10 min left"
    assert progress_words(replace(STATUS, state="finished"), 1150.0) == "40 of 64 trials"
    assert progress_words(replace(STATUS, work=None), 1150.0) == "40 of 64 trials"
    unknown = replace(STATUS, work=replace(WORK, seconds_left=None))
    assert progress_words(unknown, 1150.0) == \
        "40 of 64 trials, 25 % of the work, time left known after the first epochs"


def test_what_is_shared():
    assert sharing_words(STATUS) == "Trained 300 of 400 epochs so far: 25 % were shared"
    assert sharing_words(replace(STATUS, work=None)) == ""


def test_failures_are_told_with_what_the_last_of_them_said():
    studies = (replace(study("ce", "a", 0.5), why_failed="ValueError: no"), study("ce", "a", None, "confirm"),
               replace(study("sat", "a", 0.5), failed=0))
    told = replace(STATUS, studies=studies)
    assert failure_words(told) == ["ce / a, search: 1 of 5 failed (ValueError: no)", "ce / a, confirm: 1 of 5 failed"]
    assert Status.from_json(told.to_json()) == told
    assert "why_failed" not in told.to_json()["studies"][1], "as an older status"


def test_nobody_guesses_whether_it_lives():
    assert life_words(STATUS, 1004.0) == "The driver lives"
    assert life_words(STATUS, 1030.0) == "No sign of life for 30 s; after 60 s the sweep counts as interrupted"
    assert life_words(replace(STATUS, state="finished"), 2000.0) == ""


def test_the_best_stands_beside_the_baselines_under_the_same_condition():
    title, header, *rows = table(STATUS, 1150.0)
    assert title[0] == "s:"
    assert header[-2:] == ["ce", "has"]
    cells = {(row[0], row[2]): row[-2:] for row in rows if "/" in row}
    assert cells["sat", "a"] == ["0.625", "0.500"]
    assert cells["ce", "a"][-1] == "0.500", "its own best, nothing beside it"
    assert cells["sat", "b"][-1] == "0.250", "it has none yet, the baseline has"


def test_a_status_travels_with_all_of_it():
    assert Status.from_json(STATUS.to_json()) == STATUS
    assert {"sweep", "state", "studies"} <= STATUS.to_json().keys()


def test_scores_are_told_in_the_unit_of_the_report():
    assert score_words(STATUS, 0.625) == "0.625"
    assert score_words(replace(STATUS, unit="fraction"), 0.625) == "62.5 %"
    assert score_words(replace(STATUS, unit="fraction"), None) == ""
    assert Status.from_json(replace(STATUS, unit="fraction").to_json()).unit == "fraction"


def test_without_a_terminal_there_is_a_line_now_and_then(monkeypatch, capsys):
    monkeypatch.setattr("sat_sweep.sweep.live_table.LINE_SECONDS", 0.01)
    told = Event()

    def status() -> Status:
        told.set()
        return replace(STATUS, work=None)

    with live_table(status):
        assert told.wait(10)
    assert "s: 40 of 64 trials\n" in capsys.readouterr().err
