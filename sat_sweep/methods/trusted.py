"""Batches of trusted examples, for methods that are told true labels."""

from __future__ import annotations

from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.methods.tools import Tools


def trusted_batch(tools: Tools, method: str, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs (B, …) and true labels (B,) of `size` trusted examples, or of all there are if these are fewer.

    Drawn without repetition from the stream that `method` has. Raises UserError where none are set aside.
    """
    trusted = tools.trusted
    if trusted is None:
        raise UserError(f"{method} learns from trusted examples; set some aside with dataset.trusted")
    count = len(trusted.labels)
    chosen = torch.from_numpy(tools.random(method).choice(count, min(size, count), replace=False))
    chosen = chosen.to(trusted.labels.device)
    return trusted.inputs[chosen], trusted.labels[chosen]
