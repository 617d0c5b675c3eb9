"""RandAugment: every operation against torchvision's, image by image, and what is drawn."""

from __future__ import annotations

import math

import pytest
import torch
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as vision

from sat_sweep.data import augment
from sat_sweep.data.augmentations.rand_augment import OPERATIONS

BYTES = {channels: torch.randint(256, (6, channels, 24, 20), generator=torch.Generator().manual_seed(channels),
                                 dtype=torch.uint8) for channels in (1, 3)}
for images in BYTES.values():  # one with few values, one of a single value, one dark
    images[3] = images[3] // 64 * 40 + 20
    images[4] = 77
    images[5] = images[5] // 5
NEAREST = {"interpolation": InterpolationMode.NEAREST, "fill": 0.0}


def sheared(image: torch.Tensor, x: float, y: float) -> torch.Tensor:
    shear = [math.degrees(math.atan(each)) for each in (x, y)]
    return vision.affine(image, angle=0.0, translate=[0, 0], scale=1.0, shear=shear, center=[0, 0], **NEAREST)


def moved(image: torch.Tensor, x: float, y: float) -> torch.Tensor:
    translate = [x * image.shape[2], y * image.shape[1]]
    return vision.affine(image, angle=0.0, translate=translate, scale=1.0, shear=[0.0, 0.0], **NEAREST)


def of_bytes(kernel):
    """A kernel of bytes on an image in [0, 1]."""
    return lambda image, *far: kernel((image * 255).round().to(torch.uint8), *far).float() / 255


THEIRS = {
    "identity": lambda image, far: image,
    "autocontrast": lambda image, far: vision.autocontrast(image),
    "equalize": lambda image, far: of_bytes(vision.equalize)(image),
    "brightness": vision.adjust_brightness,
    "color": lambda image, far: vision.adjust_saturation(image, far) if len(image) == 3 else image,
    "contrast": vision.adjust_contrast,
    "sharpness": vision.adjust_sharpness,
    "posterize": lambda image, far: of_bytes(vision.posterize)(image, int(far)),
    "solarize": lambda image, far: vision.solarize(image, min(1.0, far)) if far <= 1 else image,
    "rotate": lambda image, far: vision.rotate(image, far, **NEAREST),
    "shear_x": lambda image, far: sheared(image, far, 0.0),
    "shear_y": lambda image, far: sheared(image, 0.0, far),
    "translate_x": lambda image, far: moved(image, far, 0.0),
    "translate_y": lambda image, far: moved(image, 0.0, far),
}
DRAWS = torch.tensor([0.013, 0.21, 0.387, 0.63, 0.771, 0.94])


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", OPERATIONS)
def test_each_image_is_what_torchvision_makes_of_it(name, channels):
    pixels = BYTES[channels].float() / 255
    far = OPERATIONS[name].magnitudes(DRAWS, strength=1.0)
    ours = OPERATIONS[name].function(pixels.clone(), far)
    theirs = torch.stack([THEIRS[name](image, each) for image, each in zip(pixels, far.tolist(), strict=True)])
    torch.testing.assert_close(ours, theirs, atol=2e-6, rtol=0)


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "identity"])
def test_each_changes_something_but_not_without_strength(name):
    operation, pixels = OPERATIONS[name], BYTES[3].float() / 255
    torch.testing.assert_close(operation.function(pixels.clone(), operation.magnitudes(DRAWS, 0.0)), pixels)
    assert (operation.function(pixels.clone(), operation.magnitudes(DRAWS, 1.0)) - pixels).abs().max() > 0.05


def test_it_does_two_of_them_in_normalised_colours():
    """By the generator's draws, one image after the other: which operation and how far, twice."""
    fill, white = torch.tensor([-1.0, -2.0, 0.0]), torch.tensor([1.0, 2.0, 4.0])
    black, scale = fill.view(1, 3, 1, 1), (white - fill).view(1, 3, 1, 1)
    pixels = BYTES[3].repeat(20, 1, 1, 1) / 255
    found = augment(pixels * scale + black, "rand_augment", torch.Generator().manual_seed(0), fill, 1.0, white)
    replay, seen = torch.Generator().manual_seed(0), set()
    for _ in range(2):
        chosen = torch.randint(14, (120,), generator=replay)
        draws = torch.rand(120, generator=replay)
        for number, place in enumerate(chosen.tolist()):
            operation = list(OPERATIONS.values())[place]
            far = operation.magnitudes(draws[[number]], 1.0)
            pixels[number] = operation.function(pixels[[number]], far)[0]
            seen.add(place)
    torch.testing.assert_close(found, pixels * scale + black)
    assert len(seen) == 14


def test_the_ranges_of_the_paper():
    """Table 12 of FixMatch; bits are 4, 5, 6, 7 or 8, equally often."""
    ends = {name: [operation.magnitudes(torch.tensor(end), 1.0).item() for end in (0.0, 1.0)]
            for name, operation in OPERATIONS.items()}
    for name in ("brightness", "color", "contrast", "sharpness"):
        assert ends[name] == pytest.approx([0.05, 0.95])
    assert ends["rotate"] == [-30, 30]
    for name in ("shear_x", "shear_y", "translate_x", "translate_y"):
        assert ends[name] == pytest.approx([-0.3, 0.3])
    bits = OPERATIONS["posterize"].magnitudes((torch.arange(100) + 0.5) / 100, 1.0).floor()
    assert torch.bincount(bits.long())[4:].tolist() == [20] * 5


def test_none_of_it_without_strength():
    fill, white = torch.full((1,), -0.5), torch.full((1,), 1.5)
    images = BYTES[1] / 255 * 2 - 0.5
    same = augment(images, "rand_augment", torch.Generator().manual_seed(0), fill, 0.0, white)
    torch.testing.assert_close(same, images)


def test_small_images_cannot_be_equalised():
    """Of 64 pixels a 255th is none: PIL leaves them as they are."""
    pixels = torch.rand(4, 1, 8, 8)
    assert torch.equal(OPERATIONS["equalize"].function(pixels.clone(), torch.ones(4)), pixels)
