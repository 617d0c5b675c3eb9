"""Folders that are no sound model: one sentence, status 2, and nothing that they say is done."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from sat_sweep.export.predictor import ModelError, load
from tests.export import sweeps


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return sweeps.exported(tmp_path_factory.mktemp("sweep"), epochs=1)


@pytest.fixture
def model(sound, tmp_path):
    """A copy to be damaged."""
    return Path(shutil.copytree(sound, tmp_path / "model"))


@pytest.fixture
def data(tmp_path):
    np.savez(tmp_path / "digits.npz", x=np.zeros((3, 8, 8), np.uint8))
    return tmp_path / "digits.npz"


def flip_a_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)


def change(model: Path, name: str, key: str, value: object) -> None:
    """Change an entry of a JSON file and make the checksums right again."""
    file = model / name
    content = json.loads(file.read_text())
    content[key] = value(content[key]) if callable(value) else value
    file.write_text(json.dumps(content))
    about = json.loads((model / "model.json").read_text())
    if name != "model.json":
        about["checksums"][name] = hashlib.sha256(file.read_bytes()).hexdigest()
        (model / "model.json").write_text(json.dumps(about))


@pytest.mark.parametrize(("damage", "message"), [
    (lambda model: shutil.rmtree(model), "is no exported model: model.json cannot be read"),
    (lambda model: (model / "weights.safetensors").unlink(), "weights.safetensors cannot be read"),
    (lambda model: flip_a_byte(model / "weights.safetensors"), "weights.safetensors is damaged"),
    (lambda model: flip_a_byte(model / "network.json"), "network.json is damaged"),
    (lambda model: (model / "model.json").write_text("{"), "model.json is damaged: it is no JSON"),
    (lambda model: (model / "model.json").write_text("[]"), "model.json is damaged: it describes no model"),
    (lambda model: (model / "model.json").write_text('{"format": 1}'), "is damaged"),
    (lambda model: change(model, "model.json", "format", 99), "has format 99, and this program reads 1"),
    (lambda model: change(model, "model.json", "classes", None), "is no sound exported model"),
    (lambda model: change(model, "network.json", "steps", None), "is no sound exported model"),
    (lambda model: change(model, "network.json", "weights", {"x": "elsewhere"}), "is no sound exported model"),
])
def test_a_damaged_or_foreign_folder_is_one_sentence(model, data, damage, message):
    damage(model)
    done = sweeps.command("predict", model, data)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("operation", [
    "os.system", "aten.from_file.default", "aten.add_.Tensor", "aten.nothing.default", "sizes.attrgetter",
    "sizes.__class__", "aten.__class__.mro", "prim.device.default", "mkldnn._linear_pointwise.default", "", "aten..",
])
def test_only_core_operations_that_change_nothing_are_taken(model, operation):
    change(model, "network.json", "steps", lambda steps: [{**steps[0], "operation": operation}, *steps[1:]])
    with pytest.raises(ModelError, match="none of the core operations"):
        load(model)


def test_a_file_that_holds_a_pickle_is_not_read_as_arrays(sound, tmp_path):
    np.savez(tmp_path / "evil.npz", x=np.array([{"a": 1}], dtype=object))
    done = sweeps.command("predict", sound, tmp_path / "evil.npz")
    assert done.exit_code == 2
    assert "cannot be read as arrays without pickles" in done.stderr


@pytest.mark.parametrize(("arrays", "message"), [
    ({"x": np.zeros((3, 9, 9), np.uint8)}, "inputs of shape (3, 9, 9) are nothing for this model, which takes "
                                           "(N, 1, 8, 8)"),
    ({"x": np.zeros((0, 8, 8), np.uint8)}, "inputs of shape (0, 8, 8) are nothing"),
    ({"x": np.full((3, 8, 8), 16.0)}, "images are bytes, or floats in [0, 1]; these are float64 from 16 to 16"),
    ({"x": np.zeros((3, 8, 8), np.int64)}, "these are int64 from 0 to 0"),
    ({"a": np.zeros((3, 8, 8)), "b": np.zeros((3, 8, 8))}, "has no array x or x_test or x_train; it holds a, b"),
])
def test_inputs_that_do_not_fit_are_one_sentence(sound, tmp_path, arrays, message):
    np.savez(tmp_path / "x.npz", **arrays)
    done = sweeps.command("predict", sound, tmp_path / "x.npz")
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
