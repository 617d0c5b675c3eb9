"""Temperature scaling (Guo et al., ICML 2017, arXiv 1706.04599): one number that makes probabilities honest.

    T = argmin  sum -log (softmax(logits / T) M)[given label]  +  (log T)**2 / 2       on the noisy validation part

M is P(given = j | true = i) where it is known (the forward correction of Patrini et al. 2017): without it probabilities
would be made to fit wrong labels, and be too low. Where it is unknown M is the identity, and T is fitted to the *given*
labels, wrong ones included. The last term says that T lies between 1/7 and 7 in all likelihood. Corrected losses are
bounded, so that a few hundred labels that happen to be right once too often would else be best explained by T = 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

LOWEST, HIGHEST, STEPS = 0.05, 20.0, 60
"""Where the temperature is looked for, and how often the range is cut by the golden ratio."""
GOLDEN = (5 ** 0.5 - 1) / 2


def fitted_temperature(logits: Tensor, labels: Tensor, transition: Sequence[Sequence[float]] | None) -> float:
    """The temperature in [0.05, 20] for `logits` (N, C) and given `labels` (N,); `transition` is M, (C, C).

    Golden-section search over its logarithm, in double precision: the same numbers always give the same one.
    """
    exact, given = logits.double().cpu(), labels.cpu()
    noise = torch.eye(exact.shape[1]).double() if transition is None else torch.tensor(transition, dtype=torch.float64)
    low, high = math.log(LOWEST), math.log(HIGHEST)
    for _ in range(STEPS):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if _loss(left, exact, given, noise) <= _loss(right, exact, given, noise):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def _loss(exponent: float, logits: Tensor, labels: Tensor, noise: Tensor) -> float:
    """What is minimised, for the logarithm `exponent` of the temperature."""
    probabilities = (logits / math.exp(exponent)).softmax(dim=1) @ noise
    likelihood = probabilities.gather(1, labels.unsqueeze(1)).clamp(min=1e-300).log().sum()
    return float(-likelihood) + exponent ** 2 / 2
