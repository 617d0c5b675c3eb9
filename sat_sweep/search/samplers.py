"""Optuna's samplers and pruners as the space file names them, and its distributions for our dimensions."""

from __future__ import annotations

from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from sat_sweep.config.space import Pruner
from sat_sweep.config.study import Dimension


def distribution(dimension: Dimension) -> BaseDistribution:
    """The distribution that Optuna draws `dimension` from; both ends are included."""
    if dimension.choices is not None:
        return CategoricalDistribution(dimension.choices)
    assert dimension.low is not None
    assert dimension.high is not None
    if dimension.integer:
        step = int(dimension.step or 1)
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log, step=step)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log, step=dimension.step)


def sampler(name: str, seed: int) -> optuna.samplers.BaseSampler:
    """A fresh sampler: what it proposes depends on the seed and on the trials it is shown, on nothing else."""
    makers: dict[str, Any] = {
        "tpe": lambda: optuna.samplers.TPESampler(seed=seed),
        "random": lambda: optuna.samplers.RandomSampler(seed=seed),
        "qmc": lambda: optuna.samplers.QMCSampler(seed=seed, warn_independent_sampling=False),
        "gp": lambda: optuna.samplers.GPSampler(seed=seed),
    }
    return makers[name]()


def pruner(settings: Pruner, grace: int) -> optuna.pruners.BasePruner:
    """The pruner; nothing is pruned before `grace` epochs."""
    if settings.name == "asha":
        return optuna.pruners.SuccessiveHalvingPruner(min_resource=grace, reduction_factor=settings.reduction)
    if settings.name == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=grace)
    return optuna.pruners.NopPruner()


def milestones(epochs: int, grace: int, reduction: int) -> frozenset[int]:
    """The epochs after which the pruner is asked and Optuna is told: the pruner's rungs, and about twenty evenly."""
    every = max(1, epochs // 20)
    evenly = set(range(every, epochs + 1, every)) | {epochs}
    rungs = set()
    rung = grace
    while rung <= epochs:
        rungs.add(rung)
        rung *= reduction
    return frozenset(evenly | rungs)
