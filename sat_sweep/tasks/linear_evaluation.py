"""How much of the classes is there to be read off linearly? Logistic regression on frozen features.

Multinomial logistic regression with an L2 penalty on the weights, fitted to its optimum by L-BFGS in float64, on
features that are standardised by those it is fitted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sat_sweep.imports.lazy import torch

ITERATIONS = 200
"""After which a fit ends wherever it is; it needs some tens."""
TOLERANCE = 1e-5
"""Largest slope at which it has arrived: a tenth of scikit-learn's."""


class LinearClassifier(NamedTuple):
    """Logits are (x - `mean`) / `scale` times `weights` (d, C) plus `bias` (C,), for features x (B, d)."""

    mean: torch.Tensor
    scale: torch.Tensor
    weights: torch.Tensor
    bias: torch.Tensor

    def logits(self, features: torch.Tensor) -> torch.Tensor:
        """(B, C) for `features` (B, d)."""
        standardised = (features.double() - self.mean) / self.scale
        return standardised @ self.weights + self.bias


def fit(features: torch.Tensor, labels: torch.Tensor, classes: int, penalty: float) -> LinearClassifier:
    """The classifier of least mean cross-entropy + `penalty` / 2 ||weights||^2 on `features` (N, d), `labels` (N,).

    They are of so many `classes`. Features that are the same for all count nothing. scikit-learn has C = 1/(N penalty).
    """
    return fits(features, labels, classes, (penalty,))[0]


def fits(features: torch.Tensor, labels: torch.Tensor, classes: int,
         penalties: Sequence[float]) -> list[LinearClassifier]:
    """`fit` to `features`, `labels` of so many `classes` with each of `penalties`, in their order.

    The greatest is fitted first, and each next one starts where the one before has ended.
    """
    features = features.double()
    mean, scale = features.mean(dim=0), features.std(dim=0, correction=0)
    scale = torch.where(scale > 1e-12, scale, torch.inf)
    inputs, wanted = (features - mean) / scale, torch.nn.functional.one_hot(labels, classes).double()
    solution = torch.zeros(inputs.shape[1] + 1, classes, dtype=torch.float64, device=inputs.device)
    found: dict[float, LinearClassifier] = {}
    for penalty in sorted(penalties, reverse=True):
        solution = _minimised(solution, inputs, wanted, penalty)
        found[penalty] = LinearClassifier(mean, scale, solution[:-1], solution[-1])
    return [found[penalty] for penalty in penalties]


def _minimised(start: torch.Tensor, inputs: torch.Tensor, wanted: torch.Tensor, penalty: float) -> torch.Tensor:
    """Weights with the bias as their last row; value and slope are written out, so that no graph is kept."""
    solution = start.clone().requires_grad_(True)
    search = torch.optim.LBFGS([solution], max_iter=ITERATIONS, tolerance_grad=TOLERANCE,
                               tolerance_change=1e-12, history_size=20, line_search_fn="strong_wolfe")

    def value() -> torch.Tensor:
        weights, bias = solution.detach()[:-1], solution.detach()[-1]
        log_p = (inputs @ weights + bias).log_softmax(dim=1)
        apart = (log_p.exp() - wanted) / len(inputs)
        solution.grad = torch.cat([inputs.T @ apart + penalty * weights, apart.sum(dim=0, keepdim=True)])
        return penalty / 2 * weights.square().sum() - (wanted * log_p).sum() / len(inputs)

    with torch.no_grad():
        search.step(value)
    return solution.detach()
