"""Corruptions against what they are elsewhere, or worked out by hand."""

from __future__ import annotations

import colorsys
import io
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image

from sat_sweep.data.corruptions import GROUPS, SEVERITIES, corrupted, corruptions
from sat_sweep.data.corruptions._filters import displaced, gaussian, in_motion, zoomed
from sat_sweep.data.corruptions._plasma import plasma
from sat_sweep.data.corruptions.blur import disk
from sat_sweep.errors import UserError

KINDS = [kind for kinds in GROUPS.values() for kind in kinds]


def images(channels: int = 3, side: int = 32, count: int = 6) -> torch.Tensor:
    """Smooth shapes with a little texture, as bytes would hold them."""
    random = np.random.default_rng(0)
    rows, columns = np.mgrid[:side, :side] / side
    waves = [np.sin(6 * (a * rows + b * columns) + c) for a, b, c in random.uniform(0, 3, (count * channels, 3))]
    made = np.stack(waves).reshape(count, channels, side, side) * 0.35 + 0.5 + random.normal(0, 0.02, (side, side))
    return torch.from_numpy(np.round(255 * made.clip(0, 1)) / 255).float()


def changed(kind: str, severity: int, given: torch.Tensor, seed: int = 0) -> torch.Tensor:
    return corrupted(given, kind, severity, torch.Generator().manual_seed(seed))


def test_there_are_the_fifteen():
    assert sorted(KINDS) == list(corruptions)
    assert len(KINDS) == 15
    with pytest.raises(UserError, match="unknown corruption 'hail'"):
        changed("hail", 1, images())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("channels", "side"), [(3, 32), (1, 8), (3, 40)])
def test_each_gives_images_of_bytes_and_asks_its_generator_alone(kind, channels, side):
    given = images(channels, side)
    kept = given.clone()
    torch.manual_seed(0)
    first = changed(kind, 3, given)
    torch.manual_seed(1)
    assert torch.equal(first, changed(kind, 3, given))
    assert torch.equal(given, kept)
    assert first.shape == given.shape
    assert first.min() >= 0
    assert first.max() <= 1
    np.testing.assert_allclose(255 * first, (255 * first).round(), atol=1e-4)
    assert not torch.equal(first, given)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"elastic_transform", "glass_blur", "frost"}))
def test_more_severe_is_further_from_the_original(kind):
    """But for the three, whose parameters trade one effect for another in the original too."""
    given = images()
    far = [float((changed(kind, severity, given) - given).abs().mean()) for severity in SEVERITIES]
    assert all(less < more * 1.02 for less, more in pairwise(far)), far


def test_noise_is_as_strong_as_it_says():
    grey = torch.full((40, 3, 32, 32), 0.5)
    for severity, (sigma, photons, amount) in enumerate(zip(
            (0.04, 0.06, 0.08, 0.09, 0.10), (500, 250, 100, 75, 50), (0.01, 0.02, 0.03, 0.05, 0.07), strict=True), 1):
        assert float(changed("gaussian_noise", severity, grey).std()) == pytest.approx(sigma, rel=0.02)
        shot = changed("shot_noise", severity, grey)
        assert float(shot.mean()) == pytest.approx(0.5, abs=2e-3)
        assert float(shot.var()) == pytest.approx(0.5 / photons, rel=0.04)
        impulse = changed("impulse_noise", severity, grey)
        for value in (0, 1):
            assert float((impulse == value).float().mean()) == pytest.approx(amount / 2, abs=1e-3)


def test_contrast_and_brightness_pixel_by_pixel():
    given = images(count=1)
    pixels = given[0].permute(1, 2, 0).double().numpy()
    mean = pixels.mean(axis=(0, 1))
    np.testing.assert_allclose(changed("contrast", 3, given)[0].permute(1, 2, 0), mean + 0.4 * (pixels - mean),
                               atol=0.6 / 255)
    raised = np.empty_like(pixels)
    for place in np.ndindex(32, 32):
        hue, saturation, value = colorsys.rgb_to_hsv(*pixels[place])
        raised[place] = colorsys.hsv_to_rgb(hue, saturation, min(1, value + 0.15))
    np.testing.assert_allclose(changed("brightness", 3, given)[0].permute(1, 2, 0), raised, atol=0.6 / 255)
    black = torch.zeros(1, 3, 8, 8)
    assert float(changed("brightness", 1, black).mean()) == pytest.approx(0.05, abs=0.5 / 255)


def as_pictures(given: torch.Tensor) -> list[Image.Image]:
    return [Image.fromarray((255 * image).round().byte().permute(1, 2, 0).numpy()) for image in given]


def as_tensor(pictures: list[Image.Image]) -> torch.Tensor:
    return torch.stack([torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1) for picture in pictures]) / 255


@pytest.mark.parametrize(("severity", "share"), list(zip(SEVERITIES, (0.95, 0.9, 0.85, 0.75, 0.65), strict=True)))
def test_pixelate_is_pillows_box_filter(severity, share):
    side = int(32 * share)
    theirs = [picture.resize((side, side), Image.BOX).resize((32, 32), Image.BOX) for picture in as_pictures(images())]
    assert float((changed("pixelate", severity, images()) - as_tensor(theirs)).abs().max()) < 1.5 / 255


@pytest.mark.parametrize(("severity", "quality"), list(zip(SEVERITIES, (80, 65, 58, 50, 40), strict=True)))
def test_jpeg_is_pillows_but_for_rounding(severity, quality):
    theirs = []
    for picture in as_pictures(images()):
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=quality)
        theirs.append(Image.open(file).convert("RGB"))
    apart = (changed("jpeg_compression", severity, images()) - as_tensor(theirs)).abs().mean()
    lost = (images() - as_tensor(theirs)).abs().mean()
    assert float(apart) < float(lost) / 2
    assert float(apart) < 1.5 / 255


def test_blurs_leave_an_even_image_even():
    even = torch.full((2, 3, 32, 32), 100 / 255)
    for kind in GROUPS["blur"]:
        torch.testing.assert_close(changed(kind, 5, even), even, atol=1e-3, rtol=0)


def test_a_disk():
    assert disk(0.3).flatten().max() == 1
    cross = torch.tensor([[0, 1, 0], [1, 1, 1], [0, 1, 0]]) / 5
    torch.testing.assert_close(disk(1.0), cross)
    assert int((disk(1.5) > 0).sum()) == 9
    root = np.e ** 0.5
    np.testing.assert_allclose(gaussian(1.0, 1), np.array([1, root, 1]) / (2 + root), rtol=1e-6)


def test_displacement_and_enlargement():
    ramp = torch.arange(8.0).expand(1, 1, 8, 8) / 8
    moved = displaced(ramp, torch.full((1, 1, 1), 0.5), torch.zeros(1, 1, 1))
    torch.testing.assert_close(moved[0, 0, 0, :7], (torch.arange(7.0) + 0.5) / 8)
    torch.testing.assert_close(zoomed(ramp, 1.0), ramp)
    torch.testing.assert_close(zoomed(ramp, 2.0)[0, 0, 0], (3.5 + (torch.arange(8) - 3.5) / 2) / 8)


def test_motion_smears_one_way():
    point = torch.zeros(1, 1, 9, 9)
    point[0, 0, 4, 4] = 1
    weights = np.exp(-np.arange(3) ** 2 / 2)
    smeared = in_motion(point, torch.zeros(1), 1, 1.0)[0, 0]
    np.testing.assert_allclose(smeared[4, 2:5].flip(0), weights / weights.sum(), atol=1e-5)
    assert float(smeared.sum()) == pytest.approx(1, abs=1e-5)


def test_glass_only_moves_neighbours():
    """With a blur too narrow to be seen: the values of the image, none further than the rounds carry it."""
    numbered = (torch.arange(64.0).view(1, 1, 8, 8) * 4) / 255
    through = changed("glass_blur", 1, numbered)
    assert sorted(through.flatten().tolist()) == pytest.approx(sorted(numbered.flatten().tolist()))


def test_plasma_is_smoother_with_a_greater_decay():
    def roughness(decay: float) -> float:
        maps = plasma(20, 32, 32, decay, torch.Generator().manual_seed(0))
        assert float(maps.min()) == 0
        assert float(maps.max()) == pytest.approx(1)
        return float(maps.diff(dim=1).abs().mean())

    assert roughness(3.0) < roughness(2.0) < roughness(1.5)


def test_an_elastic_transform_without_reach_is_the_image():
    from sat_sweep.data.corruptions.digital import _affine

    right, down = _affine(images(), 0.0, torch.Generator())
    assert float(right.abs().max()) < 1e-4
    assert float(down.abs().max()) < 1e-4
