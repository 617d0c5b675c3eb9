"""What a task measures once, after the last epoch of a confirmed trial."""

from __future__ import annotations

from typing import Literal

import pytest
import torch

from sat_sweep.tasks.base import register
from sat_sweep.tasks.classification import Classification
from sat_sweep.tasks.measure import fraction
from sat_sweep.training import epochs
from sat_sweep.training.loop import Trial
from tests.conftest import numbers

ONCE = fraction("test/once", "test", "true", "measured once")


class Once(Classification):
    """Classification, and at the end how many test images there are, as a share of a thousand."""

    name: Literal["once"] = "once"  # type: ignore[assignment]

    @property
    def measures(self):
        return (*super().measures, ONCE)

    @property
    def ends_with(self):
        return (ONCE,)

    def at_end(self, part, evaluation):
        assert evaluation.true_labels
        return {ONCE.name: torch.tensor(len(part.labels) / 1000)}


@pytest.fixture(autouse=True, scope="module")
def _registered():
    register(Once)  # tests/conftest.py has it forgotten


def test_it_is_measured_once(trial):
    *before, last = epochs(trial("ce", epochs=3, task=Once()))
    assert ONCE.name in last.metrics
    assert all(ONCE.name not in record.metrics for record in before)
    plain = numbers(epochs(trial("ce", epochs=3)))
    assert [{name: value for name, value in record.items() if name != ONCE.name}
            for record in numbers([*before, last])] == plain


def test_not_in_the_search(trial):
    assert all(ONCE.name not in record.metrics for record in epochs(trial("ce", epochs=2, task=Once(),
                                                                         evaluate="noisy")))


def test_an_epoch_that_is_repeated_has_it_too(trial):
    """Early stopping trains no further: what is measured at the end is of the network that it has kept."""
    records = list(epochs(trial("ce+early_stopping", epochs=8, task=Once(), **{"early_stopping.patience": 1})))
    assert not records[-1].trained
    assert ONCE.name in records[-1].metrics


def test_the_last_epoch_is_not_that_of_a_longer_training(trial):
    """Else the longer one would be told what it is to measure later, or the shorter one nothing."""
    training = {"schedule": {"name": "constant"}}
    short, long = (Trial(trial("ce", epochs=length, training=training, task=Once())).chain for length in (3, 4))
    assert short.root == long.root
    assert short.after("x", 2, {}) == long.after("x", 2, {})
    assert short.after("x", 3, {}) != long.after("x", 3, {})
