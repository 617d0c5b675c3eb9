"""Shared by all tests: one thread, small trials, one Ray session."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")


gc.disable()  # until all tests are collected
_loaded = 0
"""How many modules there were when garbage was last looked for among them."""
LARGE = {"docker", "execution", "faults", "service", "sweep"}
"""Rooms whose tests start clusters, services and drivers: one of them at a time is enough for a machine."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is large, so that all else can run beside it (.ci/run)."""
    for item in items:
        if item.path.relative_to(Path(__file__).parent).parts[0] in LARGE:
            item.add_marker(pytest.mark.large)


@pytest.fixture(autouse=True, scope="module")
def _what_is_loaded_is_no_garbage() -> None:
    """Python looks for garbage less often, and not among what is imported: a third of the time of small trials."""
    global _loaded
    if len(sys.modules) > _loaded + 100:
        gc.collect()
        gc.freeze()
        _loaded = len(sys.modules)
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


@pytest.fixture(autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds or leaves a sweep in the folder it is run from."""
    monkeypatch.setenv("SAT_SWEEP_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(autouse=True)
def _nothing_told_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process says a sentence once; every test is there to hear it."""
    from sat_sweep.home import warn

    monkeypatch.setattr(warn, "_told", set())


@pytest.fixture(autouse=True, scope="module")
def _no_plugin_stays() -> Iterator[None]:
    """What the tests of a file have loaded is unknown to those of the next."""
    yield
    if "sat_sweep.registry" in sys.modules:
        from sat_sweep.imports.plugins import forget
        from sat_sweep.registry import Registry

        for module in set().union(*(registry.modules for registry in Registry.everywhere)):
            if module.partition(".")[0] != "sat_sweep":
                forget(module)


@pytest.fixture(scope="module")
def without_onnx() -> Iterator[None]:
    """Meanwhile exports leave out ONNX, which takes twenty seconds to import and write."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sat_sweep.export.other_formats.NEEDED", ("no_such_package",))
        yield


@pytest.fixture
def temporary_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of a test's own, of its processes too: tests beside it kill drivers, which leave theirs."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    for variable in ("TMPDIR", "RAY_TMPDIR"):
        monkeypatch.setenv(variable, str(folder))
    return folder


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, str]]:
    """The environment of an S3 server that is up for the tests of a file; its bucket is `bucket`."""
    pytest.importorskip("s3fs")
    pytest.importorskip("moto")
    from tests.home.object_store import s3_server

    with s3_server() as environment:
        yield environment


@pytest.fixture(scope="session")
def trial() -> Any:
    """A maker of small trial specs: `trial("sat", epochs=6, **{"sat.momentum": 0.7})`."""
    from sat_sweep.training import TrialSpec

    def make(method: str = "ce", *, epochs: int = 6, rate: float = 0.4, training: dict[str, Any] | None = None,
             seed: int = 0, **rest: Any) -> TrialSpec:
        parameters = {key: rest.pop(key) for key in list(rest) if "." in key}
        return TrialSpec.model_validate({
            "dataset": {"name": "digits", "subset": 300},
            "noise": {"kind": "symmetric", "rate": rate, "label": f"symmetric-{rate}"},
            "method": method, "parameters": parameters, "model": {"name": "mlp", "width": 32}, "seed": seed,
            "training": {"epochs": epochs, "batch_size": 32, **(training or {})}, "evaluate": "all", **rest,
        })

    return make


def audience(*followers: Any, may_end: Any = ()) -> Any:
    """The audience of trials that are known to follow."""
    from sat_sweep.training import Audience, Follower

    known = tuple(Follower(spec.method, dict(spec.parameters)) for spec in followers)
    return Audience(known, may_end=frozenset(may_end))


def numbers(records: Any) -> list[dict[str, float]]:
    """The metrics of all epochs, without the one that is a time."""
    return [{k: v for k, v in record.metrics.items() if k != "epoch_seconds"} for record in records]
