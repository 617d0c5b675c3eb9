"""Adam on tensors in a method's memory, where a torch optimiser's state would be lost.

Kingma & Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, arXiv 1412.6980.
"""

from __future__ import annotations

from collections.abc import Mapping

from sat_sweep.imports.lazy import torch

MEANS = (0.9, 0.999)
"""How much of the averages of slopes and of their squares is kept at each step."""
FLOOR = 1e-8
"""What is added to the scale."""


def adam_state(parameters: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What Adam remembers of `parameters`, by name, before the first step; at least one of them."""
    state = {f"{kind}/{name}": torch.zeros_like(value) for name, value in parameters.items()
             for kind in ("mean", "square")}
    return state | {"steps": torch.zeros((), device=next(iter(parameters.values())).device)}


def adam_step(memory: dict[str, torch.Tensor], gradients: Mapping[str, torch.Tensor], learning_rate: float) -> None:
    """Move what `memory` has of the names in `gradients` by a step of `learning_rate`; its state is there too."""
    steps = memory["steps"].add_(1)
    for name, slope in gradients.items():
        mean = memory[f"mean/{name}"].lerp_(slope, 1 - MEANS[0])
        square = memory[f"square/{name}"].lerp_(slope.square(), 1 - MEANS[1])
        scale = (square / (1 - MEANS[1]**steps)).sqrt() + FLOOR
        memory[name] -= learning_rate * mean / (1 - MEANS[0]**steps) / scale
