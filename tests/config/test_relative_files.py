"""Values in the text of a document are replaced where they stand."""

from __future__ import annotations

import pytest

from sat_sweep.config import load_space
from sat_sweep.config.relative_files import relative_files
from sat_sweep.config.yaml_lines import read_yaml, replaced
from sat_sweep.errors import SpaceFileError

TEXT = """\
# α comes first
a: {b: x.npz, c: "q'u\\"o.npz"}   # kept
list:
  - 'single'
  - plain
"""


@pytest.mark.parametrize(("path", "old"), [("a.b", "x.npz"), ("a.c", "q'u\"o.npz"), ("list.0", "single"),
                                           ("list.1", "plain")])
def test_one_value_changes_and_nothing_else(path, old):
    new = replaced(TEXT, {path: 's3://bucket/ä "b" # c'})
    assert read_yaml(new).problems == []
    assert _leaves(read_yaml(new).data) == {**_leaves(read_yaml(TEXT).data), path: 's3://bucket/ä "b" # c'}
    assert _leaves(read_yaml(TEXT).data)[path] == old
    assert new.startswith("# α comes first\n")
    assert "# kept" in new


def test_several_at_once():
    new = replaced(TEXT, {"a.b": "1", "list.1": "2", "a.c": "a much longer one than before"})
    assert _leaves(read_yaml(new).data) == {"a.b": "1", "a.c": "a much longer one than before", "list.0": "single",
                                            "list.1": "2"}


def _leaves(data):
    return {"a.b": data["a"]["b"], "a.c": data["a"]["c"], "list.0": data["list"][0], "list.1": data["list"][1]}


def test_weights_that_a_network_starts_from_travel_along(tmp_path):
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "w.safetensors").touch()
    file = tmp_path / "space.yaml"
    file.write_text("name: fine\ndataset: {name: digits}\nnoise: {kind: symmetric, rates: [0.2]}\nmethods: [ce]\n"
                    "model: {name: mlp, weights: nets/w.safetensors}\n")
    assert relative_files(file, load_space(file)) == {"model.weights": tmp_path / "nets" / "w.safetensors"}
    (tmp_path / "nets" / "w.safetensors").unlink()
    with pytest.raises(SpaceFileError, match=r"w\.safetensors does not exist"):
        relative_files(file, load_space(file))
