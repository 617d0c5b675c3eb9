"""The views that representations are learned from, each image against torchvision's own, and what is drawn."""

import math

import pytest
import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as vision

from sat_sweep.data import augment
from sat_sweep.data.augmentations import blur, color_jitter, resized_crop
from sat_sweep.data.augmentations._pixels import hue

COLOURS = torch.rand(12, 3, 24, 20, generator=torch.Generator().manual_seed(0))
COLOURS[0], COLOURS[1] = 0.4, 0.0
COLOURS[2] = COLOURS[2].mean(dim=0)
FILL, WHITE = torch.tensor([-1.0, -2.0, 0.0]), torch.tensor([1.0, 2.0, 4.0])
BLACK, SPAN = FILL.view(1, 3, 1, 1), (WHITE - FILL).view(1, 3, 1, 1)
VIEWS = ("resized_crop", "color_jitter", "grayscale", "blur")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def view(kind: str, pixels: torch.Tensor, strength: float = 1.0, seed: int = 0) -> torch.Tensor:
    """Of `pixels` in [0, 1], by way of what a network sees."""
    return (augment(pixels * SPAN + BLACK, kind, generator(seed), FILL, strength, WHITE) - BLACK) / SPAN


def test_crops_are_torchvisions():
    boxes = resized_crop.drawn_boxes(len(COLOURS), 24, 20, generator())
    theirs = torch.stack([
        vision.resized_crop(image, *(each[place].item() for each in boxes), size=[24, 20], antialias=True)
        for place, image in enumerate(COLOURS)])
    torch.testing.assert_close(resized_crop.stretched(COLOURS, boxes), theirs, atol=2e-6, rtol=0)
    torch.testing.assert_close(view("resized_crop", COLOURS), theirs, atol=2e-6, rtol=0)


def test_boxes_are_distributed_as_torchvisions():
    """Of 4,000 boxes each: means of sides and places agree within four standard errors."""
    theirs = v2.RandomResizedCrop(24, scale=(resized_crop.LEAST_AREA, 1))
    torch.manual_seed(0)
    drawn = [theirs.make_params([COLOURS[0]]) for _ in range(4000)]
    boxes = resized_crop.drawn_boxes(4000, 24, 20, generator())
    for name in ("top", "left", "height", "width"):
        ours, other = getattr(boxes, name).double(), torch.tensor([float(each[name]) for each in drawn])
        assert abs(ours.mean() - other.mean()) < 4 * math.hypot(ours.std(), other.std()) / 4000**0.5, name


def test_boxes_lie_within_and_come_near_to_all_without_strength():
    boxes = resized_crop.drawn_boxes(2000, 9, 30, generator())
    assert boxes.top.min() == boxes.left.min() == 0
    assert (boxes.top + boxes.height).max() == 9
    assert (boxes.left + boxes.width).max() == 30
    assert (boxes.height * boxes.width).min() >= 0.15 * 9 * 30
    whole = resized_crop.drawn_boxes(50, 24, 20, generator(), strength=0.0)
    assert (whole.height == 24).all()
    assert (whole.width == 20).all()


@pytest.mark.parametrize("far", [-0.5, -0.1, 0.0, 0.03, 0.5])
def test_hues_are_torchvisions(far):
    ours = hue(COLOURS, torch.full((len(COLOURS),), far))
    torch.testing.assert_close(ours, vision.adjust_hue(COLOURS, far), atol=5e-6, rtol=0)


def test_jitter_is_torchvisions_one_image_after_the_other():
    theirs = {"brightness": vision.adjust_brightness, "contrast": vision.adjust_contrast,
              "color": vision.adjust_saturation, "hue": vision.adjust_hue}
    moves, order = color_jitter.drawn_moves(len(COLOURS), generator())
    expected = []
    for image, move, places in zip(COLOURS, moves.tolist(), order.tolist(), strict=True):
        for number in places:
            image = theirs[list(color_jitter.FARTHEST)[number]](image, move[number])
        expected.append(image)
    torch.testing.assert_close(view("color_jitter", COLOURS), torch.stack(expected), atol=1e-5, rtol=0)


def test_four_of_five_images_are_jittered_as_far_as_promised():
    moves, order = color_jitter.drawn_moves(5000, generator())
    still = (moves == torch.tensor([1.0, 1, 1, 0])).all(dim=1)
    assert still.float().mean().item() == pytest.approx(0.2, abs=0.02)
    far = (moves - torch.tensor([1.0, 1, 1, 0])).abs().amax(dim=0)
    torch.testing.assert_close(far, torch.tensor([0.4, 0.4, 0.4, 0.1]), atol=2e-3, rtol=0)
    assert (order.sort(dim=1).values == torch.arange(4)).all()
    assert len(order.unique(dim=0)) == 24


def test_grey_is_torchvisions_in_one_of_five():
    many = COLOURS[3:].repeat(200, 1, 1, 1)
    found, theirs = view("grayscale", many), vision.rgb_to_grayscale(many, 3)
    grey = (found - theirs).abs().flatten(1).amax(dim=1) < 1e-5
    same = (found - many).abs().flatten(1).amax(dim=1) < 1e-5
    assert (grey ^ same).all()
    assert grey.float().mean().item() == pytest.approx(0.2, abs=0.04)


@pytest.mark.parametrize(("size", "window"), [((24, 20), 3), ((70, 64), 7), ((8, 8), 3)])
def test_blur_is_torchvisions(size, window):
    images = torch.rand(5, 3, *size, generator=generator())
    widths = torch.tensor([0.1, 0.5, 1.0, 1.5, 2.0])
    theirs = torch.stack([vision.gaussian_blur(image, [window, window], [width, width])
                          for image, width in zip(images, widths.tolist(), strict=True)])
    torch.testing.assert_close(blur.smoothed(images, widths), theirs, atol=2e-6, rtol=0)


def test_half_of_the_images_are_blurred():
    many = COLOURS[3:].repeat(200, 1, 1, 1)
    changed = (view("blur", many) - many).abs().flatten(1).amax(dim=1) > 1e-5
    assert changed.float().mean().item() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("kind", VIEWS)
def test_without_strength_nothing_changes(kind):
    torch.testing.assert_close(view(kind, COLOURS, strength=0.0), COLOURS, atol=1e-5, rtol=0)
    assert (view(kind, COLOURS.repeat(5, 1, 1, 1)) - COLOURS.repeat(5, 1, 1, 1)).abs().max() > 0.02


@pytest.mark.parametrize("kind", VIEWS)
def test_images_of_one_channel_and_the_generator(kind):
    fill, white = torch.tensor([0.0]), torch.tensor([1.0])
    images = torch.rand(40, 1, 8, 8, generator=generator())
    before = images.clone()
    one, again, other = (augment(images, kind, generator(seed), fill, 1.0, white) for seed in (1, 1, 2))
    assert one.shape == images.shape
    assert torch.equal(images, before)
    assert torch.equal(one, again)
    assert not torch.equal(one, other) or kind == "grayscale"
