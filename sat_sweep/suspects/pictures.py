"""Examples as something to look at: small images, or the numbers of a feature row."""

from __future__ import annotations

import base64
import io

from sat_sweep.imports.lazy import torch
from sat_sweep.report.html import Html, element

LARGEST = 128
"""Pixels; larger images are scaled down, smaller ones by the browser, without smoothing."""
FEATURES = 8
"""So many numbers of a feature row are shown."""


def picture(example: torch.Tensor, description: str) -> Html:
    """An example (C, H, W) or (F,), with `description` for those who do not see it."""
    if example.ndim == 3:
        return element("img", src=f"data:image/png;base64,{_png(example)}", alt=description, loading="lazy")
    numbers = " ".join(f"{number:.3g}" for number in example[:FEATURES].tolist())
    return element("code", numbers + (" …" if len(example) > FEATURES else ""), title=description)


def _png(image: torch.Tensor) -> str:
    """An image (C, H, W) as base64; of four channels the last is transparency."""
    from PIL import Image

    pixels = image if image.dtype == torch.uint8 else (255 * image.clamp(0, 1)).round().to(torch.uint8)
    array = pixels.permute(1, 2, 0).numpy()
    drawn = Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array)
    drawn.thumbnail((LARGEST, LARGEST))
    content = io.BytesIO()
    drawn.save(content, format="PNG", optimize=True)
    return base64.b64encode(content.getvalue()).decode()
