"""Wide residual networks 28-10 and 34-10."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from sat_sweep.imports.lazy import torch
from sat_sweep.models._base import ModelSpec, register


class _Wrn(ModelSpec):
    """Wide ResNet (Zagoruyko and Komodakis 2016, 1605.07146)."""

    normalises_batches = True
    depth: ClassVar[int]

    width: int = Field(10, ge=1)
    """Widening factor: the stages have 16, 32 and 64 times as many channels."""
    dropout: float = Field(0.0, ge=0, lt=1)
    """Probability to drop an activation between the two convolutions of a block."""

    def build(self, input_shape: tuple[int, ...], num_classes: int) -> torch.nn.Module:
        """Three stages of pre-activation blocks."""
        from sat_sweep.models._wrn import WideResNet

        return WideResNet((self.depth - 4) // 6, self.width, self.dropout, input_shape[0], num_classes)


@register
class Wrn28x10(_Wrn):
    """Wide ResNet of depth 28, widened 10 times by default (Zagoruyko and Komodakis 2016, 1605.07146)."""

    depth = 28
    name: Literal["wrn28_10"] = "wrn28_10"


@register
class Wrn34x10(_Wrn):
    """Wide ResNet of depth 34, widened 10 times by default, as adversarial training is usually tried with."""

    depth = 34
    name: Literal["wrn34_10"] = "wrn34_10"
