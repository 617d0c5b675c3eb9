"""Other light and other colours: brightness, contrast, saturation and hue, moved at random and in random order.

Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations" (SimCLR), ICML 2020, arXiv
2002.05709, appendix A, at the strength 0.5 that it takes for CIFAR-10 (appendix B.9).
"""

from __future__ import annotations

from sat_sweep.data.augmentations import _pixels as pixels_of
from sat_sweep.data.augmentations._base import register
from sat_sweep.imports.lazy import torch

PROBABILITY = 0.8
"""How many images are changed."""
FARTHEST = {"brightness": 0.4, "contrast": 0.4, "color": 0.4, "hue": 0.1}
"""How far factors may lie from 1, and by how much of the circle hues may turn."""
OPERATIONS = {"brightness": pixels_of.brightness, "contrast": pixels_of.contrast, "color": pixels_of.color,
              "hue": pixels_of.hue}


@register
def color_jitter(images: torch.Tensor, generator: torch.Generator, fill: torch.Tensor, strength: float,
                 white: torch.Tensor) -> torch.Tensor:
    """Four changes in four of five of `images` (B, C, H, W), in an order that is drawn for each image.

    Brightness, contrast and saturation by a factor between 0.6 and 1.4, hue by up to a tenth of the circle, all evenly
    drawn, within black and white (`fill` and `white` (C,), values after normalisation). Images of a single channel have
    neither saturation nor hue. `generator` draws on the CPU. A `strength` below 1 brings all of it so much nearer to
    nothing.
    """
    black, span = pixels_of.black_and_span(images, fill, white)
    moves, order = drawn_moves(len(images), generator, strength)
    pixels = jittered((images - black) / span, moves.to(images.device), order.to(images.device))
    return pixels * span + black


def drawn_moves(count: int, generator: torch.Generator, strength: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    """For `count` images what each operation does, (B, 4), and their order, a permutation each (B, 4).

    Images that are left alone have moves that change nothing; with a `strength` of 0 all do.
    """
    far = torch.tensor(list(FARTHEST.values()))
    changed = torch.rand(count, 1, generator=generator) < PROBABILITY
    moves = changed * strength * far * (2 * torch.rand(count, len(far), generator=generator) - 1)
    order = torch.rand(count, len(far), generator=generator).argsort(dim=1)
    return moves + torch.tensor([0.0 if name == "hue" else 1.0 for name in FARTHEST]), order


def jittered(pixels: torch.Tensor, moves: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
    """`pixels` (B, C, H, W) in [0, 1], each changed by its `moves` (B, 4) one after the other in its `order` (B, 4)."""
    pixels = pixels.clone()
    for place in range(order.shape[1]):
        for number, operation in enumerate(OPERATIONS.values()):
            where = (order[:, place] == number).nonzero().flatten()
            if len(where):
                pixels[where] = operation(pixels[where], moves[where, number])
    return pixels
