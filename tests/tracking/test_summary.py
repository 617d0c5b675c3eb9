"""What a study came to, as metrics and parameters."""

from __future__ import annotations

from typing import Any

from sat_sweep.home import StudyRecord
from sat_sweep.tracking.summary import parameters, settings_of, study_points

NONE = {"mean": None, "std": None, "ci95": None}


def row(method: str, width: int | None, mean: float, **further: Any) -> dict[str, Any]:
    vary = {} if width is None else {"vary": {"model.width": width}}
    return {"method": method, "noise": "symmetric-0.4", "rate": 0.4, "error_rate": 0.4, "seeds": 2,
            "last": {"mean": mean, "std": 0.1, "ci95": [0.1, 0.9]}, "best": NONE, **vary, **further}


def test_studies_of_one_noise_level_are_told_apart_by_what_varies():
    studies = [StudyRecord(f"ce/{width}", "ce", "symmetric-0.4", 0.4, vary={"model.width": width}) for width in (4, 16)]
    rows = [row("ce", 16, 0.8), row("ce", 4, 0.7)]
    found = study_points(rows, studies, {"ce/4": 1, "ce/16": 2})
    assert {key: [point.value for point in points if point.name == "last/mean"] for key, points in found.items()} == {
        "ce/4": [0.7], "ce/16": [0.8]}


def test_a_study_is_described_by_method_condition_and_what_won():
    studies = [StudyRecord(f"sat/{width}", "sat", "symmetric-0.4", 0.4, vary={"model.width": width})
               for width in (4, 16)]
    rows = [row("sat", 16, 0.8, settings={"sat.momentum": 0.9}), row("sat", 4, 0.7, settings={"sat.momentum": 0.6})]
    found = settings_of(rows, studies)
    assert found == {"sat/4": {"sat.momentum": 0.6}, "sat/16": {"sat.momentum": 0.9}}
    assert parameters(studies[1], found["sat/16"]) == {
        "method": "sat", "noise": "symmetric-0.4", "rate": "0.4", "model.width": "16", "sat.momentum": "0.9"}


def test_further_measures_of_a_task_are_shown_by_their_names():
    rows = [row("ce", None, 0.9, measures={"test/aurc": {"mean": 0.03, "std": 0.01, "ci95": None}})]
    (points,) = study_points(rows, [StudyRecord("ce", "ce", "symmetric-0.4")], {"ce": 7}).values()
    assert {point.name: point.value for point in points if "aurc" in point.name} == {
        "test/aurc/mean": 0.03, "test/aurc/std": 0.01}
