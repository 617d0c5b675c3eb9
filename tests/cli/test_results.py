from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sat_sweep.commands.trial_file import trial_file
from sat_sweep.config.yaml_lines import read_yaml
from tests.cli.making import made, result


@pytest.fixture
def sweep(cli):
    return made(
        result("ce", 0.2, 0, 0.9), result("ce", 0.4, 0, 0.5), result("sat", 0.4, 0, 0.6), result("sat", 0.4, 1, 0.7),
        result("sat", 0.4, 2, 0.7), result("sat", 0.4, 3, 0.99, state="failed"),
        result("sat", 0.4, 4, 0.99, state="pruned"), result("sat", 0.4, 0, 0.99, stage="confirm"))


def trial(answer) -> str:
    return next(line for line in answer.stdout.splitlines() if line.startswith("# Trial: ")).split()[2].rstrip(",")


@pytest.mark.parametrize("noise", ["symmetric-0.4", "0.4", ".40"])
def test_the_winner_is_complete_and_has_the_highest_value_and_lowest_number(cli, sweep, noise):
    assert trial(cli("best", "made", "--noise", noise)) == "sat/symmetric-0.4/search-0001"


def test_a_method_can_be_asked_for(cli, sweep):
    assert trial(cli("best", "made", "--noise", "0.4", "--method", "ce")) == "ce/symmetric-0.4/search-0000"


def test_the_best_of_all_is_one_that_is_told_no_more_than_others(cli):
    sweep = made(result("ce", 0.4, 0, 0.5), result("sat", 0.4, 0, 0.9), rates=(0.4,))
    sweep.update(studies=[{**vars(study), "told": ["trusted examples"] if study.method == "sat" else []}
                          for study in sweep.describe().studies])
    answer = cli("best", "made")
    assert trial(answer) == "ce/symmetric-0.4/search-0000"
    assert "told more than others: sat." in answer.stderr
    assert trial(cli("best", "made", "--method", "sat")) == "sat/symmetric-0.4/search-0000"


def test_one_noise_level_needs_no_name(cli):
    made(result("ce", 0.4, 0, 0.5), rates=(0.4,))
    assert trial(cli("best", "made")) == "ce/symmetric-0.4/search-0000"


def test_a_condition_has_a_point_of_what_varies(cli):
    sweep = made()
    studies = [{"key": f"ce/symmetric-0.4_{width}", "method": "ce", "noise": "symmetric-0.4", "rate": 0.4, "trials": 1,
                "vary": {"model.width": width}} for width in (4, 16)]
    sweep.update(studies=studies)
    for study in studies:
        sweep.add_result(result("ce", 0.4, 0, 0.5, study=study["key"]))
    answer = cli("best", "made", "--noise", "0.4")
    assert answer.exit_code == 2
    assert "--noise 'symmetric-0.4 model.width=4' | 'symmetric-0.4 model.width=16'" in answer.stderr
    assert trial(cli("best", "made", "--noise", "symmetric-0.4 model.width=16")) == (
        "ce/symmetric-0.4_16/search-0000")


@pytest.mark.parametrize(("words", "message"), [
    ([], "--noise symmetric-0.2 | symmetric-0.4"),
    (["--noise", "0.3"], "no noise level '0.3'"),
    (["--noise", "0.4", "--method", "sta"], "did you mean 'sat'?"),
    (["--noise", "0.2", "--method", "sat"], "sat/symmetric-0.2: no search trial is complete yet"),
])
def test_what_cannot_be_answered_is_refused(cli, sweep, words, message):
    answer = cli("best", "made", *words)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert message in answer.stderr


def test_comments_say_where_the_trial_comes_from(cli, sweep):
    header = [line for line in cli("best", "made", "--noise", "0.4").stdout.splitlines() if line.startswith("#")]
    assert header == ["# Sweep: made", "# Study: sat/symmetric-0.4",
                      "# Trial: sat/symmetric-0.4/search-0001, selected by accuracy on noisy validation "
                      "labels 0.7000",
                      "# Train it again, in one process: sat-sweep run THIS_FILE"]


@pytest.mark.parametrize("value", [
    "", " ", "plain", "1e-3", "1", "010", "0o7", "1_000", "12:30", "yes", "no", "on", "null", "~", "true", ".inf",
    "a: b", "# no comment", "- a", "ä", "two\nlines", "/data/x y.parquet", "C:\\x", "'", "=", "<<",
    1, -0.0, 0.1, 5e-4, 1e-12, 1e300, 3.0, True, None, [], {}, [[0.9, 0.1], [0.0, 1.0]],
], ids=repr)
def test_a_trial_file_is_read_back_to_the_same(value):
    spec = {"parameters": {"x": value}, "list": [value]}
    document = read_yaml(trial_file(replace(result("ce", 0.4, 0, 0.5), spec=spec)))
    assert document.problems == []
    assert repr(document.data) == repr(spec)


def test_the_report_is_printed_and_written_into_the_home(cli, sweep, tmp_path):
    answer = cli("report", "made")
    folder = tmp_path / "home" / "made" / "report"
    assert answer.exit_code == 0
    assert "symmetric-0.4" in answer.stdout
    assert f"Report: {folder / 'report.html'}" in answer.stderr
    assert (folder / "report.html").exists()


def test_json_alone_writes_nothing(cli, sweep, tmp_path):
    content = json.loads(cli("report", "made", "--json").stdout)
    assert set(content) == {"sweep", "rows", "compute"}
    assert not (tmp_path / "home" / "made" / "report").exists()


def test_a_named_folder_gets_the_files(cli, sweep, tmp_path):
    content = json.loads(cli("report", "made", "--json", "--out", tmp_path / "out").stdout)
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == content
    assert not (tmp_path / "home" / "made" / "report").exists()
