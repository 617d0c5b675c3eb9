"""Runs in the middle of training, for tests to look into."""

from __future__ import annotations

from typing import Any

import torch

from sat_sweep.training import epochs
from sat_sweep.training.loop import Trial, _one_epoch
from sat_sweep.training.run import TrainingRun
from tests.conftest import numbers


def run_of(spec: Any, trained: int = 0) -> TrainingRun:
    """The run of `spec` after so many epochs."""
    setup = Trial(spec)
    run = TrainingRun(setup.spec, setup.data, setup.method)
    for epoch in range(1, trained + 1):
        _one_epoch(setup.chain, run, epoch)
    return run


def begin(run: TrainingRun, epoch: int) -> None:
    """Come to the first step of `epoch`, whatever was trained before."""
    run.begin(epoch)
    run.method.begin_epoch(run)


def weights(run: TrainingRun, network: str = "main") -> dict[str, torch.Tensor]:
    """Copies of the parameters by name."""
    return {name: value.detach().clone() for name, value in run.network(network).module.named_parameters()}


def assert_same_numbers(spec: Any, base: Any) -> None:
    """Both train to the same metrics, to the bit."""
    assert numbers(epochs(spec)) == numbers(epochs(base))
