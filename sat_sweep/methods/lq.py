"""The loss L_q of generalised cross-entropy, example by example: Zhang & Sabuncu, NeurIPS 2018, arXiv 1805.07836."""

from __future__ import annotations

from sat_sweep.imports.lazy import torch


def lq(logits: torch.Tensor, labels: torch.Tensor, q: float) -> torch.Tensor:
    """1 - p_y**q of each example (B,), q times the loss, for `logits` (B, C), `labels` (B,) and `q` in (0, 1].

    The slope is exact at any p_y, and q times cross-entropy is what it becomes as q goes to 0: expm1 keeps the value
    of small exponents, exp the slope of large ones (torch takes the slope of expm1 from its rounded value).
    """
    exponent = -q * torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    return -torch.where(exponent > -1, exponent.expm1(), exponent.exp() - 1)
