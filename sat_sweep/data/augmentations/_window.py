"""Random crop and flip of a whole batch at once: every image is one window of itself, looked up in one go."""

from __future__ import annotations

from sat_sweep.imports.lazy import torch

PADDING = 4


def moved(images: torch.Tensor, generator: torch.Generator, fill: torch.Tensor, strength: float, *, crop: bool,
          flip: bool) -> torch.Tensor:
    """A copy of `images` (B, C, H, W), each randomly mirrored and cropped.

    `crop` pads by 4 pixels of `fill` (C,), the value of black after normalisation, and takes an H×W window per image;
    `flip` mirrors left to right with probability 1/2. `generator` draws, on the CPU. With a `strength` below 1 crops
    move by so much less (in whole pixels) and mirroring is so much rarer.
    """
    batch, _, height, width = images.shape
    rows, columns = torch.arange(height).expand(batch, -1), torch.arange(width).expand(batch, -1)
    if flip:
        mirrored = torch.randint(2, (batch, 1), generator=generator, dtype=torch.bool)
        if strength < 1:
            mirrored &= torch.rand(batch, 1, generator=generator) < strength
        columns = torch.where(mirrored, columns.flip(1), columns)
    if crop:
        images = _padded(images, fill)
        farthest = round(strength * PADDING)
        rows = rows + _offsets(batch, farthest, generator)
        columns = columns + _offsets(batch, farthest, generator)
    return _window(images, rows.to(images.device), columns.to(images.device))


def _offsets(batch: int, farthest: int, generator: torch.Generator) -> torch.Tensor:
    return torch.randint(PADDING - farthest, PADDING + farthest + 1, (batch, 1), generator=generator)


def _padded(images: torch.Tensor, fill: torch.Tensor) -> torch.Tensor:
    batch, _, height, width = images.shape
    canvas = fill.to(images).view(1, -1, 1, 1).repeat(batch, 1, height + 2 * PADDING, width + 2 * PADDING)
    canvas[:, :, PADDING:-PADDING, PADDING:-PADDING] = images
    return canvas


def _window(images: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """Of each image the pixels at its `rows` (B, H) and `columns` (B, W)."""
    channels, full_width = images.shape[1], images.shape[3]
    height = rows.shape[1]
    lines = images.gather(2, rows[:, None, :, None].expand(-1, channels, -1, full_width))
    return lines.gather(3, columns[:, None, None, :].expand(-1, channels, height, -1))
