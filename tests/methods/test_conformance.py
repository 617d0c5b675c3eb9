"""What every registered method must do, also one that is added tomorrow: the checks of `sat_sweep.conformance`."""

from functools import cache

import pytest

from sat_sweep.conformance.methods import CHECKS, MethodToy, declares_itself, ranges_are_valid
from sat_sweep.methods import Algorithm, Dynamics, parse, registry
from sat_sweep.methods.parameters import Length

ALGORITHMS = [name for name in registry if issubclass(registry[name], Algorithm)]
DYNAMICS = [name for name in registry if issubclass(registry[name], Dynamics)]
BESIDE = {"cyclical_unlabelled": ("fixmatch", "pseudo_label"), "dp_sgd": ("ce", "gce")}
"""What dynamics are tried with that do not go with every algorithm."""
METHODS = ALGORITHMS + [f"{algorithm}+{name}" for name in DYNAMICS
                        for algorithm in BESIDE.get(name, ("ce", "co_teaching")) if algorithm in registry]
SENSIBLE = ["sat+reset", "sat+weight_ema", "sat+shrink_perturb", "elr+reset", "gce+cyclical_temperature", "mixup+reset",
            "ce+weight_ema+reset", "sat+weight_ema+early_stopping",
            "fixmatch+weight_ema", "ce+cyclical_weight_decay+cyclical_clipping+cyclical_lr"]
METHODS += SENSIBLE
EARLY = {"backward.transition": "told", "interactive_teacher.every": 2, "reset.patience": 1, "reset.rate": 0.1,
         "early_stopping.patience": 1}
"""Settings under which methods act within a few epochs; a start epoch is early for whatever has one.

A transition matrix that is estimated so early has no use to `backward`; `forward` takes any.
"""
SCALED = {"jocor.lam": 0.3, "truncated_gce.start_epoch": 10, "truncated_gce.k": 0.1, "shrink_perturb.every": 8,
          "cyclical_temperature.high": 1.0, "dividemix.start_epoch": 8, "byol.views": "color_jitter",
          "sat_ssl.views": "color_jitter", "simclr.views": "color_jitter"}
"""Settings with which a method learns about as much as cross-entropy in the few steps of the toy."""
IN_WORDS = (declares_itself, ranges_are_valid)
"""Checks that train nothing, and need no package that a method may need."""


@cache
def toy(method):
    """`method` with those of the settings above that are of its parts; made once, since it remembers a trial."""
    names = method.split("+")
    early, scaled = ({key: value for key, value in settings.items() if key.split(".")[0] in names}
                     for settings in (EARLY, SCALED))
    return MethodToy(method, early, scaled)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("method", METHODS)
def test_rule(method, check):
    for package, _ in filter(None, (part.extra for part in parse(method))):
        if check not in IN_WORDS:
            pytest.importorskip(package)
    check(toy(method))


@pytest.mark.parametrize("name", DYNAMICS)
def test_defaults_of_dynamics_hold_for_any_length(name):
    assert registry[name].Parameters.resolve({}, Length(epochs=1, steps_per_epoch=1))
