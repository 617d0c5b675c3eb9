"""A run per method, whose steps are noise rates in percent."""

from __future__ import annotations

from typing import Any

from sat_sweep.tracking.curves import Curve, curves

NONE = {"mean": None, "std": None, "ci95": None}


def row(method: str, noise: str, rate: float | None, last: float | None, **further: Any) -> dict[str, Any]:
    measured = {"last": {**NONE, "mean": last}, "best": {**NONE, "mean": None if last is None else last + 0.01}}
    return {"method": method, "noise": noise, "rate": rate, "error_rate": rate, **measured, **further}


def drawn(curve: Curve, metric: str = "robustness/last") -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in curve.points if point.name == metric]


def test_the_noise_rate_in_percent_is_the_step():
    rows = [row(method, f"symmetric-{rate}", rate, 1 - rate) for rate in (0.0, 0.2, 0.45) for method in ("ce", "sat")]
    found = curves(rows, 5)
    assert [(curve.name, curve.parameters) for curve in found] == [("ce", {"method": "ce"}), ("sat", {"method": "sat"})]
    assert drawn(found[0]) == [(0, 1.0), (20, 0.8), (45, 0.55)]
    assert drawn(found[1], "robustness/best") == [(0, 1.01), (20, 0.81), (45, 0.56)]
    assert {point.time for point in found[0].points} == {5}


def test_kinds_of_noise_and_what_varies_have_curves_of_their_own():
    rows = [row("ce", "symmetric-0.2", 0.2, 0.9), row("ce", "symmetric-0.4", 0.4, 0.8),
            row("ce", "pairflip-0.4", 0.4, 0.6)]
    assert {curve.name: drawn(curve) for curve in curves(rows, 5)} == {
        "ce symmetric": [(20, 0.9), (40, 0.8)], "ce pairflip": [(40, 0.6)]}
    rows = [row("ce", "symmetric-0.2", 0.2, 0.5 + width / 10, vary={"model.width": width}) for width in (1, 2)]
    assert {curve.name: curve.parameters["model.width"] for curve in curves(rows, 5)} == {
        "ce model.width=1": "1", "ce model.width=2": "2"}


def test_noise_without_a_rate_stands_where_its_labels_were_wrong():
    rows = [row("ce", noise, None, mean, error_rate=wrong)
            for noise, mean, wrong in (("label_aggre", 0.9, 0.0903), ("label_worse", 0.7, 0.4021))]
    assert drawn(*curves(rows, 5)) == [(9, 0.9), (40, 0.7)]
    assert drawn(*curves([row("ce", "as_given", None, 0.9)], 5)) == [(0, 0.9)]


def test_what_is_not_known_yet_is_absent_and_what_changes_has_another_fingerprint():
    before, after = (curves([row("ce", "symmetric-0.2", 0.2, mean)], 5)[0] for mean in (None, 0.8))
    assert before.points == ()
    assert before.tags["sat_sweep.result"] != after.tags["sat_sweep.result"]
    assert {**before.tags, "sat_sweep.result": ""} == {**after.tags, "sat_sweep.result": ""}
