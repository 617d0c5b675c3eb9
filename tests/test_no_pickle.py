"""No pickle is ever loaded from a home, a client or a data file: by the source, and by pickles that would tell."""

from __future__ import annotations

import ast
import io
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from sat_sweep.config import load_space
from sat_sweep.data import load
from sat_sweep.data.sources.cifar10 import Cifar10
from sat_sweep.data.sources.npz import Npz
from sat_sweep.errors import UserError
from sat_sweep.export import predictor
from sat_sweep.home.checksum import unsealed
from sat_sweep.home.packs import decode as decode_pack
from sat_sweep.training.evidence import Evidence
from sat_sweep.training.trajectory.state import MAGIC
from sat_sweep.training.trajectory.state import decode as decode_state

ROOT = Path(__file__).parents[1]
MODULES = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
"""Whoever imports one of them could run what a file holds."""
CALLS = {"torch.load", "torch.jit.load", "torch.export.load", "torch.package.PackageImporter", "pd.read_pickle",
         "pandas.read_pickle", "yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.unsafe_load_all",
         "yaml.full_load", "yaml.full_load_all", "eval", "exec"}
MAY_RUN = {("sat_sweep/imports/plugins.py", "exec")}
"""Plug-ins are code, and are named as such."""


def dangers(source: str) -> Iterator[str]:
    """What in `source` could run what a file holds."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            yield from (name for name in names if name.partition(".")[0] in MODULES)
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in CALLS or (called in ("np.load", "numpy.load") and not _without_pickles(node)):
                yield called


def _without_pickles(call: ast.Call) -> bool:
    return any(word.arg == "allow_pickle" and isinstance(word.value, ast.Constant) and word.value.value is False
               for word in call.keywords)


def test_the_source_has_no_way_to_load_one():
    found = {(str(path.relative_to(ROOT)), danger) for path in (ROOT / "sat_sweep").rglob("*.py")
             for danger in dangers(path.read_text())}
    assert found == MAY_RUN


@pytest.mark.parametrize("source", [
    "import pickle", "from pickle import loads", "import joblib", "torch.load(f)", "torch.load(f, weights_only=True)",
    "np.load(f)", "np.load(f, allow_pickle=True)", "numpy.load(f, allow_pickle=wanted)", "yaml.load(f, L)",
    "yaml.unsafe_load(f)", "eval(text)",
])
def test_each_way_is_seen(source):
    assert list(dangers(source))


def test_what_is_harmless_is_left_alone():
    assert list(dangers("np.load(f, allow_pickle=False); model.eval(); yaml.safe_load(f)")) == []


# Pickles where files are read


class Bait:
    """Unpickling it makes the folder `place`."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.place),)


@pytest.fixture
def bait(tmp_path: Path) -> Iterator[bytes]:
    """A pickle; the test fails if it was loaded."""
    place = tmp_path / "loaded"
    content = pickle.dumps(Bait(place))
    pickle.loads(content)
    place.rmdir()  # as a bait it works
    yield content
    assert not place.exists(), "the pickle was loaded"


def hidden(place: Path, *names: str) -> bytes:
    """An .npz with a bait as an array of objects under each of `names`."""
    file = io.BytesIO()
    np.savez(file, **{name: np.array([Bait(place)], dtype=object) for name in names})
    return file.getvalue()


def test_in_what_a_home_has(bait):
    for content in (bait, MAGIC + bait):
        assert decode_state(bytearray(content)) is None
        assert decode_pack(content) == {}
        assert Evidence.decode(content) is None
        with pytest.raises(UserError):
            unsealed(content)


def test_in_evidence(tmp_path, bait):
    names = ("position", "given", "true", "margin", "as_given", "probabilities", "soft_targets")
    assert Evidence.decode(hidden(tmp_path / "loaded", *(f"train/{name}" for name in names))) is None


@pytest.mark.parametrize("content", ["pickle", "archive"])
def test_in_npz_data(tmp_path, bait, content):
    names = ("x_train", "y_train", "x_test", "y_test")
    (tmp_path / "data.npz").write_bytes(bait if content == "pickle" else hidden(tmp_path / "loaded", *names))
    with pytest.raises(UserError, match="without pickles"):
        load(Npz(path=tmp_path / "data.npz"))


def test_in_data_for_an_exported_model(tmp_path, bait):
    for name, content in (("a.npy", bait), ("b.npz", hidden(tmp_path / "loaded", "images"))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(predictor.ModelError, match="without pickles"):
            predictor.read_array(tmp_path / name)


def test_in_the_files_of_cifar(tmp_path, bait):
    """They are pickles themselves: torchvision loads them if they are the very files that were published."""
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name in ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch",
                 "batches.meta"):
        (folder / name).write_bytes(bait)
    with pytest.raises(UserError):
        load(Cifar10(root=tmp_path))


def test_in_a_space_file(tmp_path, bait):
    (tmp_path / "space.yaml").write_text(f"name: !!python/object/apply:os.mkdir [{tmp_path / 'loaded'}]\n")
    with pytest.raises(UserError):
        load_space(tmp_path / "space.yaml")
