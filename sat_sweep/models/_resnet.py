"""The network of `resnet.py`."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from sat_sweep.models._convolution import conv3x3, initialise
from sat_sweep.models._pointwise import PointwiseConv2d


class ResNet(nn.Module):
    """Stem, four stages of which all but the first halve the image, mean over positions, head."""

    def __init__(self, blocks: tuple[int, ...], width: int, channels: int, num_classes: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv3x3(channels, width), nn.BatchNorm2d(width), nn.ReLU(inplace=True))
        stages, inputs = [], width
        for number, count in enumerate(blocks):
            outputs = width * 2**number
            stages.append(_stage(inputs, outputs, count, stride=1 if number == 0 else 2))
            inputs = outputs
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(inputs, num_classes)
        initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) to logits (B, num_classes)."""
        logits: Tensor = self.head(self.stages(self.stem(images)).mean(dim=(2, 3)))
        return logits


def _stage(inputs: int, outputs: int, count: int, stride: int) -> nn.Sequential:
    first = BasicBlock(inputs, outputs, stride)
    return nn.Sequential(first, *(BasicBlock(outputs, outputs, 1) for _ in range(count - 1)))


class BasicBlock(nn.Module):
    """Two convolutions beside a shortcut, which is a 1×1 convolution where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.norm1 = conv3x3(inputs, outputs, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.norm2 = conv3x3(outputs, outputs), nn.BatchNorm2d(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            projection = PointwiseConv2d(inputs, outputs, stride)
            self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(outputs))

    def forward(self, images: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H / stride, W / stride)."""
        hidden = F.relu(self.norm1(self.conv1(images)), inplace=True)
        return F.relu(self.norm2(self.conv2(hidden)) + self.shortcut(images), inplace=True)
