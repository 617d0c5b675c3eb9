"""Every registered method on a GPU, where there is one: it trains, and resumes to what it would have reached."""

import pytest
import torch

from sat_sweep.home.files import open_folder
from sat_sweep.methods import Need, parse
from sat_sweep.training import TrajectoryStore, epochs
from tests.conftest import numbers
from tests.methods.test_conformance import METHODS, toy

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


def on_gpu(trial, method, **rest):
    parts = parse(method)
    for package, _ in filter(None, (part.extra for part in parts)):
        pytest.importorskip(package)
    trusted = {"trusted": 60} if any(Need.TRUSTED in part.needs for part in parts) else {}
    few = {"labelled": 120} if any(Need.UNLABELLED in part.needs for part in parts) else {}
    alone = any(part.needs_separate_examples for part in parts)
    model = {"name": "mlp", "width": 32} if alone else {"name": "convnet", "width": 8}
    return trial(method, epochs=6, device="cuda", dataset={"name": "digits", "subset": 600, **trusted, **few},
                 model=model, **rest, **toy(method).early)


@pytest.mark.parametrize("method", METHODS)
def test_it_resumes_to_what_it_would_have_reached(trial, method, tmp_path, monkeypatch):
    """Up to rounding: a GPU may add in another order."""
    monkeypatch.setattr("sat_sweep.training.trajectory.checkpoint_policy.CheckpointPolicy.wanted",
                        lambda *_, **__: True)
    store, spec = TrajectoryStore(open_folder(tmp_path)), on_gpu(trial, method)
    interrupted = epochs(spec, store)
    for _ in range(5):  # by then every part of it has acted
        next(interrupted)
    interrupted.close()
    resumed, alone = numbers(epochs(spec, store)), numbers(epochs(spec))
    assert [record["train/loss"] for record in resumed] == pytest.approx(
        [record["train/loss"] for record in alone], rel=0.05)


@pytest.mark.parametrize("task", ["selective", "adversarial"])
def test_tasks_are_evaluated_there_too(trial, task):
    *_, last = epochs(on_gpu(trial, "sat", task={"name": task}))
    assert 0 <= last.metrics[{"selective": "test/aurc", "adversarial": "test/robust_accuracy"}[task]] <= 1


@pytest.mark.parametrize("method", METHODS)
def test_half_precision(trial, method):
    *_, last = epochs(on_gpu(trial, method, training={"precision": "bfloat16"}))
    assert last.diverged is None
