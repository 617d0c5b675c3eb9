"""What is exported is what was judged: accuracy equal to the report's, from torch, numpy and safetensors alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from sat_sweep.data import load
from sat_sweep.export.predictor import load as load_model
from tests.export import sweeps

METHODS = ("ce", "ce+weight_ema", "co_teaching", "mean_teacher", "sat_selective")
NETWORKS = {"mlp": ", ".join(METHODS), "convnet": "ce, co_teaching"}
CASES = [(network, method) for network, methods in NETWORKS.items() for method in methods.split(", ")]
MODELS = {"mlp": "{name: mlp, width: 300}", "convnet": "{name: convnet, width: 8}"}
"""The perceptron is wide enough for the product of matrices that only this package's training takes from oneDNN."""


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    return {network: sweeps.finished(tmp_path_factory.mktemp(network), methods, MODELS[network])
            for network, methods in NETWORKS.items()}


@pytest.fixture(scope="module")
def exported(homes, tmp_path_factory):
    """The folder of a network and method, exported once."""
    folders = {}

    def folder(network, method):
        if (network, method) not in folders:
            out = tmp_path_factory.mktemp("models") / "model"
            done = sweeps.command("export", "small", "--home", homes[network], "--method", method, "--out", out)
            assert done.exit_code == 0, done.output
            folders[network, method] = out
        return folders[network, method]

    return folder


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return sweeps.tested_digits(tmp_path_factory.mktemp("digits"))


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    return sweeps.bare_python(tmp_path_factory.mktemp("site"))


def test_the_bare_python_has_nothing_else(bare):
    for package in ("sat_sweep", "PIL", "pandas", "pydantic", "yaml", "onnx", "mlflow"):
        done = subprocess.run([sys.executable, "-S", "-c", f"import {package}"], env=bare, capture_output=True, cwd="/")
        assert done.returncode == 1, package


@pytest.mark.parametrize(("network", "method"), CASES)
def test_accuracy_is_that_of_the_report_for_the_seed(homes, exported, digits, bare, network, method):
    folder = exported(network, method)
    about, (data, labels) = json.loads((folder / "model.json").read_text()), digits
    (seed,) = about["seeds"]
    predicted = sweeps.labels_by_bare_python(folder, data, bare)
    accuracy = float((torch.from_numpy(predicted) == torch.from_numpy(labels)).float().mean())
    assert accuracy == sweeps.reported(homes[network], method, seed)
    assert about["accuracy"]["of_this_model"]["accuracy"] == accuracy


@pytest.mark.parametrize(("network", "method"), CASES)
def test_onnx_and_the_program_of_torch_say_the_same(exported, network, method):
    onnxruntime = pytest.importorskip("onnxruntime")
    folder, inputs = exported(network, method), load(sweeps.DIGITS).test_images
    expected = load_model(folder).probabilities(inputs)
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    assert np.abs(session.run(None, {"inputs": inputs.numpy()})[0] - expected).max() < 1e-4
    program = torch.export.load(folder / "program.pt2").module()
    assert np.abs(program(inputs).detach().numpy() - expected).max() < 1e-6


def test_one_input_is_predicted_as_it_is_among_many(exported):
    model, inputs = load_model(exported("convnet", "ce")), load(sweeps.DIGITS).test_images
    together = model.probabilities(inputs)
    assert together.shape == (len(inputs), 10)
    assert np.allclose(model.probabilities(inputs[:1]), together[:1], atol=1e-6)
    assert np.allclose(together.sum(axis=1), 1, atol=1e-5)


def test_a_network_and_a_method_of_ones_own_need_no_plug_in_to_predict(bare, digits, tmp_path):
    examples, space = Path(__file__).parents[2] / "examples", tmp_path / "space.yaml"
    space.write_text(sweeps.SPACE.format(methods="decoupling", model="{name: gated, width: 16}", epochs=2, lr=0.1,
                                         select="last")
                     + f"plugins: [{examples / 'gated.py'}, {examples / 'decoupling.py'}]\n")
    home, out, (data, labels) = str(tmp_path / "home"), tmp_path / "model", digits
    assert sweeps.command("launch", space, "--home", home, "--serial", "--yes").exit_code == 0
    done = sweeps.command("export", "small", "--home", home, "--out", out)
    assert done.exit_code == 0, done.output
    predicted = sweeps.labels_by_bare_python(out, data, bare)
    (seed,) = json.loads((out / "model.json").read_text())["seeds"]
    accuracy = float((torch.from_numpy(predicted) == torch.from_numpy(labels)).float().mean())
    assert accuracy == sweeps.reported(home, "decoupling", seed)
