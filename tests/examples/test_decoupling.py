"""Two networks from a plug-in: by hand, and resumed to the bit."""

import sys

import pytest
import torch

from sat_sweep.conformance.toy import interrupt
from sat_sweep.home.files import open_folder
from sat_sweep.methods import registry
from sat_sweep.training import TrajectoryStore, epochs
from tests.conftest import numbers


@pytest.fixture
def spec(trial, plugin):
    return trial("decoupling", plugins=plugin("decoupling"), epochs=6, **{"decoupling.start_epoch": 2})


def test_only_disagreement_teaches(spec):
    loss = sys.modules[registry["decoupling"].__module__].disagreement_loss
    logits, labels = torch.tensor([[2.0, 0.0], [0.0, 0.0]]), torch.tensor([0, 1])
    assert loss(logits, labels, torch.tensor([False, True])).item() == pytest.approx(0.693147)
    assert loss(logits, labels, torch.tensor([False, False])).item() == 0


def test_both_networks_resume_to_the_bit(spec, tmp_path):
    store = TrajectoryStore(open_folder(tmp_path))
    interrupt(spec, store, 4)
    resumed = list(epochs(spec, store))
    assert numbers(resumed) == numbers(epochs(spec))
    assert sum(record.trained for record in resumed) == 2
