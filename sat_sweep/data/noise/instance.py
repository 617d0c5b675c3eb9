"""Instance-dependent noise: what an image looks like decides whether and for what it is mistaken."""

from __future__ import annotations

from typing import Literal

import numpy as np

from sat_sweep.data.dataset import Dataset
from sat_sweep.data.noise._base import Corrupted, NoiseLevel, register
from sat_sweep.data.noise._rates import Rates
from sat_sweep.data.noise._rounding import round_randomly
from sat_sweep.data.statistics import moments, normalise
from sat_sweep.imports.lazy import torch

_SPREAD = 0.1
"""Standard deviation of flip rates before truncation, from the paper."""


@register
class Instance(Rates):
    """Instance-dependent noise after Xia et al. 2020 (2006.07836): the rate is the error rate.

    Every image has a flip rate of its own, and random projections of the image, others for every true class,
    say for which class it is mistaken.
    """

    kind: Literal["instance"] = "instance"

    @classmethod
    def corrupt(cls, level: NoiseLevel, dataset: Dataset, seed: int) -> Corrupted:
        """Other labels, the same images."""
        assert level.rate is not None
        generator = np.random.default_rng(seed)
        flipped = _choose(flip_rates(len(dataset.labels), level.rate, generator), generator)
        mean, std = moments(dataset.images)
        given = dataset.labels.clone()
        for label in range(dataset.num_classes):
            members = torch.from_numpy(flipped[dataset.labels[flipped].numpy() == label])
            inputs = normalise(dataset.images[members], mean, std, "cpu").flatten(1).double().numpy()
            given[members] = torch.from_numpy(mistake(inputs, label, dataset.num_classes, generator))
        return Corrupted(dataset.images, given, dataset.labels)


def flip_rates(count: int, rate: float, generator: np.random.Generator) -> np.ndarray:
    """(count,) rates in [0, 1] around `rate`: normal, truncated, then scaled so that their mean is `rate`.

    Truncation alone would move the mean away from 0 and 1, and rate 0 would not be free of noise.
    """
    rates = generator.normal(rate, _SPREAD, count)
    while (outside := (rates < 0) | (rates > 1)).any():
        rates[outside] = generator.normal(rate, _SPREAD, outside.sum())
    if rate <= 0.5:
        return np.minimum(1, rates * (rate / rates.mean()))
    return np.maximum(0, 1 - (1 - rates) * ((1 - rate) / (1 - rates).mean()))


def mistake(inputs: np.ndarray, label: int, classes: int, generator: np.random.Generator) -> np.ndarray:
    """For what each of `inputs` (B, F) of class `label` is mistaken, (B,) int64, never for `label` itself.

    Drawn from a softmax over random projections of the standardised input. The projections are scaled to unit
    variance: the paper's plain sums over F features grow with √F, which turns the softmax into a maximum.
    """
    weights = generator.standard_normal((inputs.shape[1], classes)) / np.sqrt(inputs.shape[1])
    scores = inputs @ weights
    scores[:, label] = -np.inf
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    heights = np.cumsum(odds, axis=1)
    return (heights < heights[:, -1:] * (1 - generator.random((len(inputs), 1)))).sum(axis=1)


def _choose(rates: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Ascending positions chosen with probability `rates` (N,) each, in number within one of their sum."""
    order = generator.permutation(len(rates))
    return np.sort(order[round_randomly(rates[order], generator) > 0])
