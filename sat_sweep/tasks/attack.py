"""Attacks that may move every pixel a little: where they may go, and how they climb there.

Projected gradient ascent in the maximum norm: Madry et al., "Towards Deep Learning Models Resistant to Adversarial
Attacks", ICLR 2018, arXiv 1706.06083. From a start in the neighbourhood of the images,

    x' <- nearest( x' + step * sign(gradient of the objective in x') )

where `nearest` puts each pixel back within epsilon of the image, and between black and white. Evaluation and
adversarial training share it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from sat_sweep.imports.lazy import torch


class Neighbourhood(NamedTuple):
    """All that `inputs` (B, C, H, W), normalised, may be turned into by moving pixels up to `epsilon`.

    `epsilon` counts as pixels do between 0 and 1. `low` and `high`, (1, C, 1, 1), are black and white.
    """

    inputs: torch.Tensor
    epsilon: float
    low: torch.Tensor
    high: torch.Tensor

    def normalised(self, distance: float) -> torch.Tensor:
        """A `distance` between pixels of 0 to 1 as it is after normalisation, (1, C, 1, 1)."""
        return distance * (self.high - self.low)

    def nearest(self, images: torch.Tensor) -> torch.Tensor:
        """What of the neighbourhood is nearest to `images` (B, C, H, W), in every pixel."""
        reach = self.normalised(self.epsilon)
        return images.clamp(self.inputs - reach, self.inputs + reach).clamp(self.low, self.high)

    def random_start(self, generator: torch.Generator) -> torch.Tensor:
        """An image of the neighbourhood of each, uniformly drawn from `generator` and then put between the bounds."""
        draws = torch.rand(self.inputs.shape, generator=generator, device=generator.device).to(self.inputs) * 2 - 1
        return (self.inputs + draws * self.normalised(self.epsilon)).clamp(self.low, self.high)


def neighbourhood(inputs: torch.Tensor, epsilon: float, bounds: tuple[torch.Tensor, torch.Tensor]) -> Neighbourhood:
    """That of `inputs` (B, C, H, W) with this `epsilon`; `bounds` are black and white after normalisation, (C,)."""
    low, high = (bound.view(1, -1, 1, 1) for bound in bounds)
    return Neighbourhood(inputs, epsilon, low, high)


def ascend(objective: Callable[[torch.Tensor], torch.Tensor], start: torch.Tensor, around: Neighbourhood,
           step_size: float, steps: int) -> torch.Tensor:
    """So many `steps` up the scalar `objective` of images from `start` (B, C, H, W), staying `around` the originals.

    Each moves every pixel by `step_size`, between pixels of 0 to 1. The result is detached.
    """
    step, attacked = around.normalised(step_size), start
    for _ in range(steps):
        attacked = around.nearest(attacked + step * _slope(objective, attacked).sign())
    return attacked


def worst_of(attempts: Iterable[torch.Tensor], severity: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """For each example the one of `attempts`, each (B, …), with the greatest `severity` (B,), the first of equals.

    A single attempt is the result without being judged.
    """
    worst, *others = attempts
    if not others:
        return worst
    reached = severity(worst)
    for attempt in others:
        severities = severity(attempt)
        worse = severities > reached
        worst = torch.where(worse.view(-1, *[1] * (worst.dim() - 1)), attempt, worst)
        reached = torch.where(worse, severities, reached)
    return worst


def error_margin(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The largest logit of another class less that of the label, (B,); above 0 where `logits` (B, C) are wrong.

    `labels` are (B,).
    """
    own = logits.gather(1, labels[:, None])
    return (logits.scatter(1, labels[:, None], -torch.inf).amax(dim=1, keepdim=True) - own)[:, 0]


def _slope(objective: Callable[[torch.Tensor], torch.Tensor], images: torch.Tensor) -> torch.Tensor:
    with torch.enable_grad():
        images = images.detach().requires_grad_()
        (slope,) = torch.autograd.grad(objective(images), images)
    return slope
