"""Instance-dependent noise: what an image looks like decides whether and for what it is mistaken."""

from __future__ import annotations

from collections.abc import Callable
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
    projections: Literal["plain", "scaled"] = "plain"
    """`plain`, the published kind: sums over raw pixels from 0 to 255, so large that each image is mistaken for one
    class almost surely. `scaled`: of standardised pixels and unit variance, so that other classes happen too."""

    def levels(self) -> list[NoiseLevel]:
        """One per rate; each says how images are projected."""
        return [level.model_copy(update={"projections": self.projections}) for level in super().levels()]

    @classmethod
    def corrupt(cls, level: NoiseLevel, dataset: Dataset, seed: int) -> Corrupted:
        """Other labels, the same images."""
        assert level.rate is not None
        generator = np.random.default_rng(seed)
        flipped = _choose(flip_rates(len(dataset.labels), level.rate, generator), generator)
        prepare = PREPARED[level.projections or "plain"](dataset.images)
        given = dataset.labels.clone()
        for label in range(dataset.num_classes):
            members = torch.from_numpy(flipped[dataset.labels[flipped].numpy() == label])
            inputs = prepare(dataset.images[members]).flatten(1).double().numpy()
            given[members] = torch.from_numpy(mistake(inputs, label, dataset.num_classes, generator))
        return Corrupted(dataset.images, given, dataset.labels)


def flip_rates(count: int, rate: float, generator: np.random.Generator) -> np.ndarray:
    """`count` rates in [0, 1] around `rate`: normal, truncated, then scaled so that their mean is `rate`.

    Truncation alone would move the mean away from 0 and 1, and rate 0 would not be free of noise.
    """
    rates = generator.normal(rate, _SPREAD, count)
    while (outside := (rates < 0) | (rates > 1)).any():
        rates[outside] = generator.normal(rate, _SPREAD, outside.sum())
    scaled: np.ndarray = (np.minimum(1, rates * (rate / rates.mean())) if rate <= 0.5 else
                          np.maximum(0, 1 - (1 - rates) * ((1 - rate) / (1 - rates).mean())))
    return scaled


def raw_pixels(images: torch.Tensor) -> torch.Tensor:
    """Pixels (N, …) counted from 0 to 255, float32; features that are no images stay as they are."""
    return images.float() if images.dtype == torch.uint8 or images.dim() == 2 else images * 255


def _standardised(images: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
    """Of `images` like all of these: standardised and divided by √F, so that projections have unit variance."""
    mean, std = moments(images)
    return lambda some: normalise(some, mean, std, "cpu") / images[0].numel() ** 0.5


PREPARED = {"plain": lambda images: raw_pixels, "scaled": _standardised}
"""From all images to how some of them are prepared before they are projected."""


def mistake_probabilities(inputs: np.ndarray, label: int, classes: int, generator: np.random.Generator) -> np.ndarray:
    """For which class each of `inputs` (B, F) of class `label` may be mistaken, (B, classes); 0 for `label` itself.

    A softmax over random normal projections of the inputs.
    """
    scores = inputs @ generator.standard_normal((inputs.shape[1], classes))
    scores[:, label] = -np.inf
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def mistake(inputs: np.ndarray, label: int, classes: int, generator: np.random.Generator) -> np.ndarray:
    """For what each of `inputs` (B, F) of class `label` is mistaken, (B,) int64, never for `label` itself."""
    heights = np.cumsum(mistake_probabilities(inputs, label, classes, generator), axis=1)
    chosen: np.ndarray = (heights < heights[:, -1:] * (1 - generator.random((len(inputs), 1)))).sum(axis=1)
    return chosen


def _choose(rates: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Ascending positions chosen with probability `rates` (N,) each, in number within one of their sum."""
    order = generator.permutation(len(rates))
    return np.sort(order[round_randomly(rates[order], generator) > 0])
