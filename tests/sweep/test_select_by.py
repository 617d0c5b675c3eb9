"""A sweep that goes by balanced accuracy: trials are chosen, and methods compared, by that."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean

from sat_sweep.report import build_report
from sat_sweep.sweep.launch import Options, launch
from sat_sweep.sweep.order import order_from
from tests.cli.making import SPACE, space_file


def test_trials_are_chosen_and_methods_compared_by_it(tmp_path: Path) -> None:
    text = SPACE.replace("trials: 2", "trials: 2, smooth: 1, select_by: balanced_accuracy")
    order = order_from(space_file(tmp_path, text), None, str(tmp_path / "home"))
    assert launch(order, Options(serial=True), print).status == 0
    results = list(order.sweep.results())
    searched = [result for result in results if result.stage == "search"]
    assert [result.value for result in searched] == [result.curve("val/noisy_balanced_accuracy")[-1]
                                                     for result in searched]
    assert any(result.value != result.curve("val/noisy_accuracy")[-1] for result in searched)
    report = build_report(order.sweep)
    told = json.loads(json.dumps(report.to_json()))
    for row in told["rows"]:
        found = [result.curve("test/balanced_accuracy")[-1] for result in results
                 if (result.stage, result.method) == ("confirm", row["method"])]
        assert row["last"]["mean"] == fmean(found)
    assert report.measure.title == "balanced test accuracy"
