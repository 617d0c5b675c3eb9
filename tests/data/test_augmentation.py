from __future__ import annotations

import pytest
import torch
from torch import Tensor

from sat_sweep.data import augment
from sat_sweep.errors import UserError

FILL = torch.tensor([-1.0, -2.0, -3.0])
IMAGES = torch.randn(64, 3, 8, 10, generator=torch.Generator().manual_seed(0))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def windows(image: Tensor, flips: tuple[bool, ...], shifts: range) -> list[Tensor]:
    """Every outcome for one image (C, H, W), one after the other, by plain slicing."""
    _, height, width = image.shape
    padded = FILL.view(-1, 1, 1).repeat(1, height + 8, width + 8)
    padded[:, 4:-4, 4:-4] = image
    cut = [padded[:, y : y + height, x : x + width] for y in shifts for x in shifts]
    return [window.flip(2) if flip else window for window in cut for flip in flips]


@pytest.mark.parametrize(("kind", "flips", "shifts"), [
    ("flip", (False, True), range(4, 5)),
    ("crop", (False,), range(9)),
    ("crop+flip", (False, True), range(9)),
])
def test_every_image_is_one_of_its_possible_outcomes(kind, flips, shifts):
    augmented = augment(IMAGES, kind, seeded(), FILL)
    seen = []
    for image, result in zip(IMAGES, augmented, strict=True):
        matches = [torch.equal(result, window) for window in windows(image, flips, shifts)]
        assert any(matches)
        seen.append(matches.index(True))
    assert len(set(seen)) > len(flips) * len(shifts) / 2


def test_none_is_the_batch_itself():
    assert augment(IMAGES, "none", seeded(), FILL) is IMAGES


def test_the_generator_alone_decides_and_the_batch_stays_as_it_is():
    before = IMAGES.clone()
    one, same, other = (augment(IMAGES, "crop+flip", seeded(seed), FILL) for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(IMAGES, before)


def test_half_of_the_images_are_mirrored_and_every_shift_is_as_likely():
    place = torch.zeros(9000, 1, 9, 9)
    place[:, :, 4, 4] = 1
    found = augment(place, "crop", seeded(), torch.zeros(1)).flatten(1).argmax(dim=1)
    assert torch.bincount(found, minlength=81).min() > 60  # 111 expected, 5 standard deviations below
    left = augment(torch.eye(9)[0].expand(9000, 1, 9, 9), "flip", seeded(), torch.zeros(1))[:, 0, 0, 0]
    assert left.mean().item() == pytest.approx(0.5, abs=0.03)


def test_refuses_an_unknown_kind():
    with pytest.raises(UserError, match="did you mean 'crop"):
        augment(IMAGES, "crop-flip", seeded(), FILL)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_a_gpu_draws_what_the_cpu_draws():
    on_gpu = augment(IMAGES.cuda(), "crop+flip", seeded(), FILL.cuda())
    assert torch.equal(on_gpu.cpu(), augment(IMAGES, "crop+flip", seeded(), FILL))
