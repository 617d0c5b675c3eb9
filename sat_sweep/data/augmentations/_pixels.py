"""Operations on the pixels (B, C, H, W) of images in [0, 1], each image by a magnitude of its own (B,).

What the same operations of PIL and torchvision do to single images.
"""

from __future__ import annotations

from sat_sweep.imports.lazy import torch

LUMA = (0.2989, 0.587, 0.114)
"""What red, green and blue count in grey (ITU-R BT.601)."""


def black_and_span(images: torch.Tensor, fill: torch.Tensor, white: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What to subtract from normalised `images` (B, C, H, W) and to divide by, for pixels in [0, 1]; (1, C, 1, 1) each.

    `fill` and `white` (C,) are the values of black and white after normalisation.
    """
    return fill.to(images).view(1, -1, 1, 1), (white - fill).to(images).view(1, -1, 1, 1)


def grey(pixels: torch.Tensor) -> torch.Tensor:
    """The grey of `pixels`, (B, 1, H, W): luma of three channels, else their mean."""
    if pixels.shape[1] != len(LUMA):
        return pixels.mean(dim=1, keepdim=True)
    return (pixels * torch.tensor(LUMA, device=pixels.device).view(1, -1, 1, 1)).sum(dim=1, keepdim=True)


# Less of the image, more of something poorer

def brightness(pixels: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    """`pixels` towards black; `far` of each image stays, above 1 more than there was."""
    return _blend(pixels, torch.zeros_like(pixels), far)


def color(pixels: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    """`pixels` towards their grey, of which a single channel is already; `far` of each image stays."""
    return _blend(pixels, grey(pixels), far) if pixels.shape[1] > 1 else pixels


def contrast(pixels: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    """`pixels` towards the mean grey of their image; `far` of each image stays."""
    return _blend(pixels, grey(pixels).mean(dim=(2, 3), keepdim=True), far)


def sharpness(pixels: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    """`pixels` towards themselves smoothed, by weights of 5 in the middle and 1 around it; `far` of each image stays.

    The edge is not smoothed.
    """
    if min(pixels.shape[2:]) <= 2:
        return pixels
    smoothed = pixels.clone()
    sums = torch.nn.functional.avg_pool2d(pixels, 3, stride=1) * 9
    smoothed[:, :, 1:-1, 1:-1] = (sums + 4 * pixels[:, :, 1:-1, 1:-1]) / 13
    return _blend(pixels, smoothed, far)


def _blend(pixels: torch.Tensor, poorer: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    share = _each(far)
    return (share * pixels + (1 - share) * poorer).clamp(0, 1)


# Other values

def hue(pixels: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    """Hues of `pixels` turned by a share `far` of the circle; a single channel has none."""
    if pixels.shape[1] != len(LUMA):
        return pixels
    turned, saturation, value = _hsv(pixels)
    return _rgb((turned + _each(far)[:, 0]) % 1, saturation, value)


def _hsv(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Hue, saturation and value of red, green and blue `pixels`, each (B, H, W) in [0, 1]; grey has hue 0."""
    red, green, blue = pixels.unbind(dim=1)
    value, least = pixels.amax(dim=1), pixels.amin(dim=1)
    span = value - least
    safe = torch.where(span > 0, span, 1.0)
    sixth = torch.where(value == red, (green - blue) / safe,
                        torch.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe))
    return sixth / 6 % 1, span / torch.where(value > 0, value, 1.0), value


def _rgb(hues: torch.Tensor, saturation: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Red, green and blue (B, 3, H, W): a channel loses most where its hue is farthest (Smith 1978)."""
    channels = []
    for shift in (5, 3, 1):
        place = (hues * 6 + shift) % 6
        channels.append(value * (1 - saturation * torch.minimum(place, 4 - place).clamp(0, 1)))
    return torch.stack(channels, dim=1)


def autocontrast(pixels: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    """Each channel of `pixels` spread out from black to white, by a share `far` of the way."""
    low, high = (end(pixels, dim=(2, 3), keepdim=True) for end in (torch.amin, torch.amax))
    spread = torch.where(high > low, (pixels - low) / torch.where(high > low, high - low, 1.0), pixels)
    return pixels.lerp(spread.clamp(0, 1), _each(far))


def equalize(pixels: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    """The 256 values of each channel of `pixels` spread to be about as common, by a share `far` of the way.

    As in PIL: a step is a 255th of the pixels that do not have the largest value, and where that is none nothing
    changes.
    """
    values = _bytes(pixels).flatten(2)
    counts = torch.zeros(*values.shape[:2], 256, dtype=torch.long, device=values.device)
    counts.scatter_add_(2, values, torch.ones_like(values))
    upto = counts.cumsum(dim=2)
    largest = counts.gather(2, values.amax(dim=2, keepdim=True))
    step = (values.shape[2] - largest) // 255
    table = ((upto - counts + step // 2) // step.clamp(min=1)).clamp(max=255)
    even = (table.gather(2, values).float() / 255).view_as(pixels)
    return pixels.lerp(torch.where(step[..., None] > 0, even, pixels), _each(far))


def posterize(pixels: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    """The highest `far` of 8 bits of each of `pixels`, in whole bits."""
    lost = 2 ** (8 - _each(far).floor().clamp(max=8)).long()
    return (_bytes(pixels) // lost * lost).float() / 255


def solarize(pixels: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    """`pixels` with those from `far` on inverted."""
    return torch.where(pixels >= _each(far), 1 - pixels, pixels)


def _bytes(pixels: torch.Tensor) -> torch.Tensor:
    return (pixels * 255).round().clamp(0, 255).long()


# Other places; the nearest pixel, black from beyond the image

def rotate(pixels: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    """`pixels` turned `far` degrees against the clock around the middle."""
    height, width = pixels.shape[2:]
    angle = _each(far)[:, 0].deg2rad()
    y, x = _places(pixels)
    y, x = y - height / 2, x - width / 2
    return _looked_up(pixels, angle.sin() * x + angle.cos() * y + height / 2,
                      angle.cos() * x - angle.sin() * y + width / 2)


def shear_x(pixels: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    """`pixels` with rows moved to the left, by `far` pixels more from row to row."""
    y, x = _places(pixels)
    return _looked_up(pixels, y, x + _each(far)[:, 0] * y)


def shear_y(pixels: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    """`pixels` with columns moved upwards, by `far` pixels more from column to column."""
    y, x = _places(pixels)
    return _looked_up(pixels, y + _each(far)[:, 0] * x, x)


def translate_x(pixels: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    """`pixels` moved to the right by a share `far` of the width."""
    y, x = _places(pixels)
    return _looked_up(pixels, y, x - _each(far)[:, 0] * pixels.shape[3])


def translate_y(pixels: torch.Tensor, far: torch.Tensor) -> torch.Tensor:
    """`pixels` moved downwards by a share `far` of the height."""
    y, x = _places(pixels)
    return _looked_up(pixels, y - _each(far)[:, 0] * pixels.shape[2], x)


def _places(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Row (1, H, 1) and column (1, 1, W) of each pixel's middle."""
    height, width = (torch.arange(size, device=pixels.device) + 0.5 for size in pixels.shape[2:])
    return height.view(1, -1, 1), width.view(1, 1, -1)


def _looked_up(pixels: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """What `pixels` have at `rows` and `columns`, which become (B, H, W) together."""
    height, width = pixels.shape[2:]
    y, x = (each.floor().long() for each in torch.broadcast_tensors(rows, columns))
    y, x = (each.expand(len(pixels), -1, -1) for each in (y, x))
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    place = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)).flatten(1)[:, None]
    found = pixels.flatten(2).gather(2, place.expand(-1, pixels.shape[1], -1)).view_as(pixels)
    return found.masked_fill(~inside[:, None], 0.0)


def _each(far: torch.Tensor) -> torch.Tensor:
    return far.view(-1, 1, 1, 1)
