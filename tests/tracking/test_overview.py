"""What MLflow shows of a sweep as a whole, on a real SQLite store: once, however often the mirror is made again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mirrored_home import report_files, shown

from sat_sweep.home import SweepHome
from sat_sweep.tracking.mirror import Mirror
from sat_sweep.tracking.overview import DESCRIPTION, MOST_CHARACTERS, description
from sat_sweep.tracking.view import TAG

SAT = "sat+reset/symmetric-0.4"
METHODS = ["ce", "sat+reset"]


def mirrored(uri: str, sweep: SweepHome, **report: Any) -> dict[str, dict[str, Any]]:
    """All that MLflow shows once the sweep is mirrored with such a report."""
    report_files(sweep.folder.path / "report", **report)  # type: ignore[attr-defined]
    mirror = Mirror(uri, sweep)
    mirror.mirror_all()
    return shown(mirror.client, sweep.name)


def test_each_method_is_a_run_whose_step_is_the_noise_rate_in_percent(uri: str, sweep: SweepHome) -> None:
    runs = mirrored(uri, sweep)
    assert [[point[:2] for point in runs[method]["metrics"]["robustness/last"]] for method in METHODS] == [
        [(40, 0.9)], [(40, 0.9)]]
    assert [(runs[method]["parameters"], runs[method]["parent"]) for method in METHODS] == [
        ({"method": "ce"}, None), ({"method": "sat+reset"}, None)]
    assert runs["ce"]["started"] > runs["sat+reset"]["started"], "MLflow lists the latest first"


def test_the_experiment_says_the_answer_and_opens_on_the_curves(uri: str, sweep: SweepHome) -> None:
    mirrored(uri, sweep)
    mirror = Mirror(uri, sweep)
    tags = mirror.client.get_experiment_by_name(sweep.name).tags
    assert tags[DESCRIPTION].startswith("**sat+reset lies above ce**")
    assert f"run_uuid={mirror.runs.id_of('summary')}" in tags[DESCRIPTION]
    state = json.loads(tags[TAG])
    found = mirror.client.search_runs([mirror.runs.experiment], state["searchFilter"],
                                      order_by=[f"{state['orderByKey']} DESC"])
    assert [run.info.run_name for run in found] == METHODS
    assert {chart["metricKey"] for chart in state["compareRunCharts"]} == {"robustness/last", "robustness/best"}


def test_a_changed_report_replaces_what_was_shown(uri: str, sweep: SweepHome) -> None:
    before = mirrored(uri, sweep)
    after = mirrored(uri, sweep, momentum=0.6)
    assert set(after) == set(before)
    assert after[SAT]["parameters"]["sat.momentum"] == "0.6"
    assert {run["parent"] for name, run in after.items() if name.startswith(f"{SAT}/")} == {SAT}
    assert after[SAT]["status"] == before[SAT]["status"]
    assert after[SAT]["metrics"] == before[SAT]["metrics"]


def test_a_crash_between_two_runs_of_a_study_is_mended(uri: str, sweep: SweepHome,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    mirrored(uri, sweep)
    with monkeypatch.context() as patch:
        patch.setattr("sat_sweep.tracking.runs.Runs.adopt", lambda *given: (_ for _ in ()).throw(OSError("cut off")))
        with pytest.raises(OSError, match="cut off"):
            mirrored(uri, sweep, momentum=0.6)
    runs = mirrored(uri, sweep, momentum=0.6)
    assert runs[SAT]["parameters"]["sat.momentum"] == "0.6"
    assert {run["parent"] for name, run in runs.items() if name.startswith(f"{SAT}/")} == {SAT}


def test_a_method_that_is_gone_and_the_charts_of_earlier_versions_go(uri: str, sweep: SweepHome) -> None:
    mirrored(uri, sweep)
    mirror = Mirror(uri, sweep)
    run = mirror.runs.find_or_create("old", {"sat_sweep.kind": "method", "sat_sweep.curve": "old"}, None)
    mirror.client.set_terminated(run)
    mirror.client.log_metric(str(mirror.runs.id_of("summary")), "last/ce", 0.9, step=1)
    runs = mirrored(uri, sweep)
    assert "old" not in runs
    assert runs["summary"]["metrics"] == {}


def test_a_long_answer_is_cut_at_a_line(tmp_path: Path) -> None:
    line = "| ce | 93.1 ± 0.5 |\n"
    (tmp_path / "report.md").write_text(line * 1000)
    text = description(tmp_path, "0" * 32)
    assert MOST_CHARACTERS - 2 * len(line) < len(text) <= MOST_CHARACTERS
    table, _, rest = text.partition("\n\n…")
    assert set(table.splitlines()) == {line.strip()}
    assert "robustness-small.png" in rest
