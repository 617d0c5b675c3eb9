"""The model in MLflow: loadable, with a signature, and never in the way of the export."""

from __future__ import annotations

import numpy as np
import pytest

from sat_sweep.data import load
from sat_sweep.export.predictor import load as load_model
from sat_sweep.home import Home
from sat_sweep.tracking.model import ExportedModel, log_model
from tests.export import sweeps


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return sweeps.finished(tmp_path_factory.mktemp("sweep"), "ce", "{name: mlp, width: 16}", epochs=1)


def test_it_is_registered_and_predicts_what_the_folder_predicts(home, tmp_path, monkeypatch):
    import mlflow

    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    (tmp_path / "project" / "uv.lock").write_text("version = 1\n")
    (tmp_path / "project" / "pyproject.toml").write_text("[project]\nname = 'secret'\nversion = '1'\n")
    out, uri = tmp_path / "model", Home(home).tracking
    done = sweeps.command("export", "small", "--home", home, "--out", out, "--register", "digits")
    assert (done.exit_code, "MLflow" in done.stderr) == (0, False), done.output

    client = mlflow.MlflowClient(tracking_uri=uri)
    run = client.get_run(client.get_model_version("digits", "1").run_id)
    parent = client.get_run(run.data.tags["mlflow.parentRunId"])
    assert parent.data.tags["sat_sweep.study"] == run.data.tags["sat_sweep.study"] == "ce/symmetric-0.4"
    about = load_model(out).description
    assert run.data.metrics == {"accuracy": about["accuracy"]["of_this_model"]["accuracy"]}
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(uri)
    try:
        model = mlflow.pyfunc.load_model("models:/digits/1")
        place = mlflow.artifacts.download_artifacts("models:/digits/1", dst_path=str(tmp_path / "copy"))
    finally:
        mlflow.set_tracking_uri(before)
    inputs = load(sweeps.DIGITS).test_images.numpy()
    assert np.array_equal(model.predict(inputs), load_model(out).probabilities(inputs))
    assert model.metadata.signature.inputs.inputs[0].shape == (-1, 1, 8, 8)
    assert model.metadata.signature.outputs.inputs[0].shape == (-1, 10)
    assert model.input_example.shape == (1, 1, 8, 8)
    assert not any(path.name in ("uv.lock", "pyproject.toml") for path in (tmp_path / "copy").rglob("*"))
    assert place


def test_an_outage_costs_a_sentence_and_not_the_export(home, tmp_path):
    sweep = Home(home).existing("small")
    record, out = sweep.describe(), tmp_path / "model"
    sweep.write_record(record.changed(space={**record.space, "tracking": {"uri": "http://127.0.0.1:9"}}))
    try:
        done = sweeps.command("export", "small", "--home", home, "--out", out)
    finally:
        sweep.write_record(record)
    assert done.exit_code == 0
    (warning,) = [line for line in done.stderr.splitlines() if "MLflow" in line]
    assert warning.startswith("warning: MLflow lacks this model (")
    assert load_model(out).classes


def test_why_it_failed_has_no_password(home, tmp_path):
    model = ExportedModel(tmp_path, "ce/symmetric-0.4", "model")
    problem = log_model(home, "small", "http://me:secret@127.0.0.1:9", model)
    assert problem
    assert "secret" not in problem
