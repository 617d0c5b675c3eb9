"""The network of `wrn.py`."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from sat_sweep.models._convolution import conv3x3, initialise
from sat_sweep.models._pointwise import PointwiseConv2d


class WideResNet(nn.Module):
    """Stem, three stages of which all but the first halve the image, mean over positions, head.

    Each stage has so many `blocks` of two convolutions; the depth is 4 + 6 times that.
    """

    def __init__(self, blocks: int, width: int, dropout: float, channels: int, num_classes: int) -> None:
        super().__init__()
        self.stem = conv3x3(channels, 16)
        sizes = [16, 16 * width, 32 * width, 64 * width]
        self.stages = nn.Sequential(*(
            _stage(blocks, sizes[number], sizes[number + 1], stride=1 if number == 0 else 2, dropout=dropout)
            for number in range(3)
        ))
        self.norm = nn.BatchNorm2d(sizes[-1])
        self.head = nn.Linear(sizes[-1], num_classes)
        initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) to logits (B, num_classes)."""
        maps = F.relu(self.norm(self.stages(self.stem(images))), inplace=True)
        logits: Tensor = self.head(maps.mean(dim=(2, 3)))
        return logits


def _stage(blocks: int, inputs: int, outputs: int, stride: int, dropout: float) -> nn.Sequential:
    first = PreactivationBlock(inputs, outputs, stride, dropout)
    rest = (PreactivationBlock(outputs, outputs, 1, dropout) for _ in range(blocks - 1))
    return nn.Sequential(first, *rest)


class PreactivationBlock(nn.Module):
    """Norm and ReLU before each of two convolutions; a shortcut that changes shape starts after the first."""

    def __init__(self, inputs: int, outputs: int, stride: int, dropout: float) -> None:
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(inputs), conv3x3(inputs, outputs, stride)
        self.norm2, self.conv2 = nn.BatchNorm2d(outputs), conv3x3(outputs, outputs)
        self.dropout = nn.Dropout(dropout)
        changes = stride != 1 or inputs != outputs
        self.projection = PointwiseConv2d(inputs, outputs, stride) if changes else None

    def forward(self, images: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H / stride, W / stride)."""
        active = F.relu(self.norm1(images), inplace=True)
        shortcut = images if self.projection is None else self.projection(active)
        hidden = F.relu(self.norm2(self.conv1(active)), inplace=True)
        change: Tensor = self.conv2(self.dropout(hidden))
        return shortcut + change
