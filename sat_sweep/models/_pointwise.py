"""A 1×1 convolution that may skip pixels and writes nowhere else.

The gradient of oneDNN (torch 2.13) for a 1×1 convolution with a stride writes beyond its memory where there are fewer
than 7 input channels that lie last in memory: the process ends with a segmentation fault, there or much later.
"""

from __future__ import annotations

from torch import Tensor, nn

FEW = 8
"""Input channels from which torch's own is taken."""


class PointwiseConv2d(nn.Conv2d):
    """`torch.nn.Conv2d` with a 1×1 kernel and no bias, equal to it but for rounding."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__(inputs, outputs, 1, stride, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        """`input` (B, inputs, H, W) to (B, outputs, H / stride, W / stride): with few channels of what is left."""
        down, across = self.stride
        if self.in_channels >= FEW or down == across == 1:
            return super().forward(input)
        return nn.functional.conv2d(input[:, :, ::down, ::across], self.weight)
