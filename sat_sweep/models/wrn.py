"""Wide residual network 28-10."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sat_sweep.imports.lazy import torch
from sat_sweep.models._base import ModelSpec, register


@register
class Wrn28x10(ModelSpec):
    """Wide ResNet of depth 28, widened 10 times by default (Zagoruyko and Komodakis 2016, 1605.07146)."""

    normalises_batches = True

    name: Literal["wrn28_10"] = "wrn28_10"
    width: int = Field(10, ge=1)
    """Widening factor: the stages have 16, 32 and 64 times as many channels."""
    dropout: float = Field(0.0, ge=0, lt=1)
    """Probability to drop an activation between the two convolutions of a block."""

    def build(self, input_shape: tuple[int, ...], num_classes: int) -> torch.nn.Module:
        """Three stages of pre-activation blocks."""
        from sat_sweep.models._wrn import WideResNet

        return WideResNet(self.width, self.dropout, input_shape[0], num_classes)
