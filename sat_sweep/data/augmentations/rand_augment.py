"""RandAugment: two operations in each image, drawn with how far they go from the fourteen of FixMatch.

Cubuk et al., "RandAugment: Practical Automated Data Augmentation with a Reduced Search Space", NeurIPS 2020, arXiv
1909.13719; operations and their ranges as in Sohn et al., "FixMatch", NeurIPS 2020, arXiv 2001.07685, table 12, where
each magnitude is drawn evenly from its range anew for each image, so that there is none to tune.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sat_sweep.data.augmentations import _pixels as pixels_of
from sat_sweep.data.augmentations._base import register
from sat_sweep.imports.lazy import torch

EACH = 2
"""Operations per image."""


class Operation(NamedTuple):
    """`function` of pixels (B, C, H, W) in [0, 1] and a magnitude each (B,) between `low` and `high`.

    At the magnitude `neutral` it changes nothing.
    """

    function: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    low: float = 1.0
    high: float = 1.0
    neutral: float = 0.0

    def magnitudes(self, draws: torch.Tensor, strength: float) -> torch.Tensor:
        """The magnitudes for `draws` (B,) in [0, 1); a `strength` below 1 brings them so much nearer to neutral."""
        return self.neutral + strength * (self.low + (self.high - self.low) * draws - self.neutral)


OPERATIONS: dict[str, Operation] = {
    "identity": Operation(lambda pixels, _: pixels),
    "autocontrast": Operation(pixels_of.autocontrast),
    "equalize": Operation(pixels_of.equalize),
    "brightness": Operation(pixels_of.brightness, 0.05, 0.95, 1.0),
    "color": Operation(pixels_of.color, 0.05, 0.95, 1.0),
    "contrast": Operation(pixels_of.contrast, 0.05, 0.95, 1.0),
    "sharpness": Operation(pixels_of.sharpness, 0.05, 0.95, 1.0),
    "posterize": Operation(pixels_of.posterize, 4.0, 9.0, 8.0),
    "solarize": Operation(pixels_of.solarize, 0.0, 256 / 255, 256 / 255),
    "rotate": Operation(pixels_of.rotate, -30.0, 30.0),
    "shear_x": Operation(pixels_of.shear_x, -0.3, 0.3),
    "shear_y": Operation(pixels_of.shear_y, -0.3, 0.3),
    "translate_x": Operation(pixels_of.translate_x, -0.3, 0.3),
    "translate_y": Operation(pixels_of.translate_y, -0.3, 0.3),
}
"""By name: bits for posterize, the least value that is inverted for solarize, degrees for rotate, shares of a side for
what moves; for the four before, how much of the image stays."""


@register
def rand_augment(images: torch.Tensor, generator: torch.Generator, fill: torch.Tensor, strength: float,
                 white: torch.Tensor) -> torch.Tensor:
    """Two random operations, one after the other, in each of `images` (B, C, H, W), of any number of channels.

    Colours are those between `fill` and `white` (C,), black and white after normalisation; moved images leave black
    behind. On images of under 256 pixels equalising does nothing, as everywhere. `generator` draws on the CPU. A
    `strength` below 1 brings every operation so much nearer to none.
    """
    black, span = pixels_of.black_and_span(images, fill, white)
    pixels = (images - black) / span
    for _ in range(EACH):
        chosen = torch.randint(len(OPERATIONS), (len(images),), generator=generator)
        draws = torch.rand(len(images), generator=generator)
        for number, operation in enumerate(OPERATIONS.values()):
            where = (chosen == number).nonzero().flatten()
            if len(where):
                at = where.to(images.device)
                far = operation.magnitudes(draws[where], strength).to(images.device)
                pixels[at] = operation.function(pixels[at], far)
    return pixels * span + black
