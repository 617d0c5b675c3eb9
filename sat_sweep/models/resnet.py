"""Residual networks for small images."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar, Literal

from pydantic import Field

from sat_sweep.imports.lazy import torch
from sat_sweep.models._base import ModelSpec, register


class _ResNetSpec(ModelSpec, ABC):
    blocks: ClassVar[tuple[int, int, int, int]]
    normalises_batches = True

    width: int = Field(64, ge=1)
    """Channels of the first stage; they double with every further stage."""

    def build(self, input_shape: tuple[int, ...], num_classes: int) -> torch.nn.Module:
        """Four stages of basic blocks."""
        from sat_sweep.models._resnet import ResNet

        return ResNet(self.blocks, self.width, input_shape[0], num_classes)


@register
class ResNet18(_ResNetSpec):
    """ResNet-18 with a 3×3 stem (He et al. 2016, 1512.03385, in the form used for CIFAR)."""

    blocks = (2, 2, 2, 2)
    name: Literal["resnet18"] = "resnet18"


@register
class ResNet34(_ResNetSpec):
    """ResNet-34 with a 3×3 stem (He et al. 2016, 1512.03385, in the form used for CIFAR)."""

    blocks = (3, 4, 6, 3)
    name: Literal["resnet34"] = "resnet34"
