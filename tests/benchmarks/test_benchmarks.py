"""The benchmarks can be asked for help and run at a tiny size; their peers train what we train."""

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks import (
    common,
    fair_sharing,
    loop_overhead,
    moving_targets,
    object_store,
    paper_protocol,
    peers,
    scale,
    sharing,
    step_cost,
    suspects,
    sweep_vs_stock,
    tricks,
)
from sat_sweep.config import load_space
from sat_sweep.methods.sat import sat_loss, update_targets

ROOT = Path(__file__).parents[2]
SCRIPTS = ("cluster_efficiency", "fair_sharing", "gpu_throughput", "loop_overhead", "mlflow_out", "moving_targets",
           "object_store", "paper_protocol", "restart", "scale", "sharing", "startup", "step_cost", "suspects",
           "sweep_vs_stock")
HELPERS = {"__init__", "common", "nodes", "peers", "sleeping", "tricks"}

Z = torch.tensor([[2.0, 0, 0], [0, 0, 3]], dtype=torch.float64)
ONE_HOT = torch.tensor([[1.0, 0, 0], [0, 1, 0]], dtype=torch.float64)


def test_every_script_is_known_here():
    scripts = {path.stem for path in (ROOT / "benchmarks").glob("*.py")} - HELPERS
    assert scripts == set(SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_tells_what_why_and_how_long(script, capsys):
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(f"benchmarks.{script}").main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert f"python -m benchmarks.{script}" in told
    assert "--out" in told


@pytest.mark.parametrize(("sweep", "trials"), [(fair_sharing.small, 8), (fair_sharing.large, 200)])
def test_the_sweeps_that_share_have_8_and_200_trials(sweep, trials):
    content = sweep(4.0)
    of_a_study = content["search"]["trials"] + content["confirm"]["seeds"]
    assert len(content["noise"]["rates"]) * of_a_study == trials
    assert content["training"]["epochs"] * content["search"]["space"]["sleep.seconds"] == 4.0


def test_packs_spare_an_object_store_requests(monkeypatch):
    pytest.importorskip("s3fs")
    pytest.importorskip("moto")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.setenv(name, "")  # so that it is put back
    rows = {row["what"]: row for row in object_store.main(["--results", "500"])}
    assert rows["report large --json"]["GET"] < 20 < 500 < rows["report, no packs"]["GET"]


def test_the_papers_protocol_goes_on_where_time_ran_out(tmp_path, monkeypatch):
    # where epochs take milliseconds, states are not worth their writing
    monkeypatch.setattr("sat_sweep.training.trajectory.checkpoint_policy.CheckpointPolicy.wanted",
                        lambda self, seconds, base, branch: branch)
    small = ["--home", str(tmp_path), "--dataset", '{"name": "digits"}', "--model", '{"name": "mlp", "width": 32}',
             "--epochs", "6", "--device", "cpu"]
    first = paper_protocol.main([*small, "--seconds", "0"])
    assert [row["epoch"] for row in first] == [1, 1]
    again = paper_protocol.main(small)
    assert [(row["method"], row["epoch"], row["of"]) for row in again] == [("ce", 6, 6), ("sat", 6, 6)]
    assert again[1]["published"] == 92.64
    assert again[1]["trained now"] < 6, "the common beginning was there"
    assert sum(row["trained now"] for row in paper_protocol.main(small)) == 0


def test_targets_that_move_keep_features_apart():
    """In a few epochs of a narrow network: without memory and average a third of the directions is gone."""
    rows = moving_targets.main(["--seeds", "2", "--epochs", "10", "--width", "8"])
    rank, deviation = ({row["sat_ssl"]: float(row[name].split()[0]) for row in rows}
                       for name in ("effective rank", "deviation"))
    assert rank["without both"] < 0.8 * rank["as it is"]
    assert deviation["without both"] < 0.9 * deviation["as it is"]


def test_the_peers_targets_are_the_golden_ones():
    once = peers.sat_targets(ONE_HOT, Z, 0.9)
    golden = torch.tensor([[0.978699, 0.010651, 0.010651], [0.004528, 0.904528, 0.090944]], dtype=torch.float64)
    torch.testing.assert_close(once, golden, atol=1.5e-6, rtol=0)
    torch.testing.assert_close(once, update_targets(ONE_HOT, Z.softmax(1), 0.9))


def test_the_peers_loss_is_the_golden_one():
    targets = peers.sat_targets(ONE_HOT, Z, 0.9)
    assert peers.sat_loss(Z, targets).item() == pytest.approx(1.502101, abs=1e-6)
    torch.testing.assert_close(peers.sat_loss(Z, targets), sat_loss(Z, targets))


def test_the_peers_learn_in_both_loops():
    torch.manual_seed(0)
    problem = peers.Problem(width=64, epochs=6)
    data = peers.noisy_digits(problem)
    assert list(peers.minimal(problem, 0.9, 3, data))[-1] > 0.4
    assert list(peers.with_loader(problem, 0.9, 3, data))[-1]["val_accuracy"] > 0.4


def test_the_peers_have_as_many_images_and_wrong_labels_as_we_have(trial):
    from sat_sweep.training import TrialSpec
    from sat_sweep.training.loop import Trial

    spec = TrialSpec.model_validate({**trial().model_dump(), "dataset": {"name": "digits"}})
    task = Trial(spec).data
    inputs, labels, held_out, _ = peers.noisy_digits(peers.Problem())
    assert task.validation is not None
    assert (len(inputs), len(held_out)) == (len(task.train), len(task.validation))
    clean = peers.noisy_digits(peers.Problem(rate=0.0))[1]
    assert float((labels != clean).float().mean()) == pytest.approx(0.4, abs=0.03)


def test_the_spaces_are_valid():
    from sat_sweep.config import plan
    from sat_sweep.config.space import SpaceFile

    (study,) = plan(SpaceFile.model_validate(json.loads(sweep_vs_stock.space(48, 60, 512, "random")))).studies
    assert study.trials + study.space.confirm.seeds == 48
    assert {d.name: (d.low, d.high) for d in study.dimensions} == {
        "sat.momentum": (0.5, 0.99), "sat.start_epoch": (6, 36)}
    assert len(plan(SpaceFile.model_validate(json.loads(sharing.space(40, 8, 5, None)))).studies) == 12
    for studies in (1, 5, 8, 100):
        assert len(plan(SpaceFile.model_validate(scale.space(studies, 10, 20, "tpe"))).studies) == studies


def test_loop_overhead_runs(capsys):
    (row,) = loop_overhead.main(["--models", "mlp", "--methods", "sat", "--epochs", "1"])
    assert 0 < row["ratio"] < 10
    assert "overhead" in capsys.readouterr().out


def test_step_cost_runs(capsys):
    rows = step_cost.main(["--models", "mlp", "--batches", "64", "--methods", "sat", "l2rw", "--seconds", "0"])
    rows += step_cost.main(["--models", "convnet", "--batches", "16", "--methods", "sat", "--seconds", "0"])
    assert [(row["model"], row["method"]) for row in rows] == [("mlp", "sat"), ("mlp", "l2rw"), ("convnet", "sat")]
    assert all(row["times ce"] > 0 for row in rows)
    assert "times ce" in capsys.readouterr().out
    assert {"sat", "l2rw", "co_teaching"} <= set(step_cost.objectives())
    assert not {"ce", "reset"} & set(step_cost.objectives())


def test_scale_runs(tmp_path, capsys):
    out = tmp_path / "scale.jsonl"
    rows = scale.main(["--studies", "2", "--trials", "4", "--epochs", "4", "--scratch", str(tmp_path),
                       "--out", str(out)])
    assert rows[-2]["trials"] == 2 * (4 + 1)
    assert rows[-2]["last tenth / first"] > 0
    assert rows[-1]["reopen s"] > 0
    assert [json.loads(line)["benchmark"] for line in out.read_text().splitlines()] == ["scale"] * len(rows)


def test_suspects_measures_its_cost(capsys):
    rows = suspects.main(["--noise", "--epochs", "10"])
    assert [row["network"] for row in rows] == ["mlp", "convnet"]
    assert all(row["ratio"] > 0 for row in rows)


@pytest.mark.parametrize("label", suspects.NOISE)
def test_suspects_sweeps_what_it_says(label, tmp_path):
    block, noise = suspects.NOISE[label]
    (tmp_path / "space.yaml").write_text(suspects.space("some", block, noise, tmp_path))
    space = load_space(tmp_path / "space.yaml")
    assert (space.name, tuple(space.methods), space.confirm.seeds) == ("some", suspects.METHODS, 5)


@pytest.mark.parametrize("trick", tricks.TRICKS)
def test_what_a_trick_is_left_out_of_is_there(tmp_path, trick):
    """Each is found where it is said to be, and another thing afterwards."""
    name, change = tricks.TRICKS[trick]
    attribute = re.search(r"(?:module|sys)\.([\w.]+) = ", change)[1]
    code = (f"import sys, {name}\nowner = sys if {change.startswith('sys')} else sys.modules[{name!r}]\n"
            f"print(owner.{attribute})")
    shown = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
                            env={**os.environ, **tricks.without(each, tmp_path)}).stdout for each in (None, trick)]
    assert re.sub("0x\\w+", "", shown[0]) != re.sub("0x\\w+", "", shown[1])


def test_sharing_sees_every_difference():
    first = {"rows": [{"last": {"mean": 0.9, "ci95": [0.8, 1.0]}, "method": "ce"}], "absent": None}
    second = {"rows": [{"last": {"mean": 0.9, "ci95": [0.8, 0.9]}, "method": "sat"}], "absent": 1}
    assert list(sharing.differences(first, first)) == []
    assert [line.split(":")[0] for line in sharing.differences(first, second)] == [
        "/absent", "/rows/0/last/ci95/1", "/rows/0/method"]
    assert sharing.numbers(first) == 3


def test_a_table_has_a_column_for_whatever_a_row_has():
    shown = common.table([{"a": "x", "b": 1234.5}, {"a": "yy", "c": 0.12345}])
    assert shown.splitlines()[0].split() == ["a", "b", "c"]
    assert shown.splitlines()[1].split() == ["x", "1,234"]
    assert shown.splitlines()[2].split() == ["yy", "0.1235"] or shown.splitlines()[2].split() == ["yy", "0.1234"]
