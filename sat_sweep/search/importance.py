"""How much each setting decides whether a trial is among the best: Optuna's PED-ANOVA.

Nothing is chosen by it. It is told to people, who have often wondered.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from sat_sweep.imports.collector import no_collection

optuna.logging.set_verbosity(optuna.logging.WARNING)

FEWEST = 10
"""Trials with fewer than these tell nothing."""
TOP = 5
"""So many trials should be among the best: from fewer the estimate is mostly luck."""


def importances(settings: Sequence[Mapping[str, Any]], scores: Sequence[float],
                ranges: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Shares that add up to 1, by setting, the largest first; of trials with `settings` and `scores`, higher is better.

    `ranges` have for each setting `low`, `high`, `log` and `integer`, or `choices`; all trials have all of them.
    Empty with fewer than FEWEST trials, and where no setting makes a difference. The best are a tenth of the trials,
    or as many as make TOP, up to half of them.
    """
    if len(scores) < FEWEST:
        return {}
    with no_collection():
        from optuna.importance import PedAnovaImportanceEvaluator  # brings scikit-learn's forests, two seconds

    distributions = {name: _distribution(wanted) for name, wanted in ranges.items()}
    study = _study(settings, scores, distributions)
    quantile = min(0.5, max(0.1, TOP / len(scores)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that equal scores tell nothing, which we tell ourselves
        found = PedAnovaImportanceEvaluator(target_quantile=quantile).evaluate(study, params=list(distributions))
    total = sum(found.values())
    shares = {name: share / total for name, share in found.items()} if total > 0 else {}
    return dict(sorted(shares.items(), key=lambda pair: (-pair[1], pair[0])))


def _study(settings: Sequence[Mapping[str, Any]], scores: Sequence[float],
           distributions: dict[str, BaseDistribution]) -> optuna.Study:
    study = optuna.create_study(direction="maximize")
    study.add_trials([optuna.trial.create_trial(params=dict(values), distributions=distributions, value=score)
                      for values, score in zip(settings, scores, strict=True)])
    return study


def _distribution(wanted: Mapping[str, Any]) -> BaseDistribution:
    if wanted.get("choices") is not None:
        return CategoricalDistribution(list(wanted["choices"]))
    if wanted.get("integer"):
        return IntDistribution(int(wanted["low"]), int(wanted["high"]), log=bool(wanted.get("log")))
    return FloatDistribution(wanted["low"], wanted["high"], log=bool(wanted.get("log")))
