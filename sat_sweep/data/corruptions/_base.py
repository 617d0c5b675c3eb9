"""What a corruption is: a function of images, a severity and a generator, which registers itself under its name.

Hendrycks & Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", ICLR 2019,
arXiv 1903.12261, with the parameters of CIFAR-10-C. Lengths are given for images of 32 pixels there, and grow here
with the shorter side. What the originals draw, blur and compress by other libraries is tensor code of our own, so
single pixels differ; `frost` has drawn crystals where the original has photographs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sat_sweep.imports.lazy import torch
from sat_sweep.registry import Registry

if TYPE_CHECKING:
    from torch import Generator, Tensor

    Corruption = Callable[[Tensor, int, Generator], Tensor]
    """From images (N, C, H, W) in [0, 1], a severity and a generator on the CPU to images of the same shape."""

SEVERITIES = (1, 2, 3, 4, 5)
GROUPS = {
    "noise": ("gaussian_noise", "shot_noise", "impulse_noise"),
    "blur": ("defocus_blur", "glass_blur", "motion_blur", "zoom_blur"),
    "weather": ("snow", "frost", "fog", "brightness"),
    "digital": ("contrast", "elastic_transform", "pixelate", "jpeg_compression"),
}
"""The fifteen kinds, in the order of the paper."""

corruptions: Registry[Corruption] = Registry("corruption", "sat_sweep.data.corruptions")


def register(corruption: Corruption) -> Corruption:
    """Make a function known under its own name."""
    return corruptions.add(corruption.__name__, corruption)


def corrupted(images: Tensor, kind: str, severity: int, generator: Generator) -> Tensor:
    """`images` (N, C, H, W) in [0, 1] after the corruption `kind` at a `severity` from 1 to 5, as bytes would hold it.

    C is 1 or 3. `generator` lives on the CPU, and so do the draws, hence they are the same on every device. Raises
    UserError for an unknown `kind`.
    """
    changed = corruptions[kind](images, severity, generator).clamp(0, 1)
    return torch.round(255 * changed) / 255


def scale(images: Tensor) -> float:
    """How many times as long the shorter side of `images` is as the 32 pixels that lengths are given for."""
    return min(images.shape[-2:]) / 32
