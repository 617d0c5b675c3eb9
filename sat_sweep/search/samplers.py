"""Optuna's samplers and pruners as the space file names them, and its distributions for our dimensions."""

from __future__ import annotations

import itertools
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from sat_sweep.config.space import Pruner
from sat_sweep.config.study import Dimension
from sat_sweep.seeds import derive


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


STARTUP = 10
"""Trials of a study that are drawn at random before a model of the objective is worth anything."""


class ByName(optuna.samplers.BaseSampler):
    """Random values from a stream per trial number and parameter name.

    So trial n of `sat` and of `sat+reset` has the same momentum, at every noise level: luck in the draw falls on all
    methods alike, and the trials share what they have in common.
    """

    def __init__(self, seed: int, number: int) -> None:
        self._seed, self._number = seed, number

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, BaseDistribution]:
        """Nothing is drawn jointly."""
        return {}

    def sample_relative(self, study: Any, trial: Any, search_space: Any) -> dict[str, Any]:
        """Nothing is drawn jointly."""
        return {}

    def sample_independent(self, study: Any, trial: Any, param_name: str, param_distribution: BaseDistribution) -> Any:
        """One parameter's value."""
        seed = derive(self._seed, "draw", self._number, param_name) % 2**32
        stream = optuna.samplers.RandomSampler(seed=seed)
        return stream.sample_independent(study, trial, param_name, param_distribution)


def independent(name: str, number: int) -> bool:
    """Whether what the sampler `name` proposes for trial `number` depends on no other trial."""
    return name == "random" or (name == "tpe" and number < STARTUP)


def sampler(name: str, seed: int, identity: str, number: int) -> optuna.samplers.BaseSampler:
    """A fresh sampler for trial `number` of the study `identity` in a sweep with `seed`.

    What it proposes depends on these and on the trials it is shown, on nothing else.
    """
    if independent(name, number):
        return ByName(seed, number)
    seed = derive(seed, "sampler", identity, number) % 2**32
    makers: dict[str, Any] = {
        "tpe": lambda: optuna.samplers.TPESampler(seed=seed, n_startup_trials=STARTUP),
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


def rungs(settings: Pruner, epochs: int, grace: int) -> frozenset[int]:
    """The epochs, of `epochs`, after which the pruner may end a trial."""
    if settings.name == "asha":
        powers = (grace * settings.reduction**n for n in itertools.count())
        return frozenset(itertools.takewhile(lambda epoch: epoch < epochs, powers))
    if settings.name == "median":
        return frozenset(epoch for epoch in _evenly(epochs) if grace <= epoch < epochs)
    return frozenset()


def milestones(settings: Pruner, epochs: int, grace: int) -> frozenset[int]:
    """The epochs after which Optuna is told: the pruner's rungs, and about ten evenly."""
    return frozenset(_evenly(epochs)) | rungs(settings, epochs, grace)


def _evenly(epochs: int) -> set[int]:
    every = max(1, epochs // 10)
    return {*range(every, epochs + 1, every), epochs}
