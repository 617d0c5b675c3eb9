"""What every augmentation must keep: same shapes, its generator alone decides, what it is given stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sat_sweep.conformance.check import Check, require
from sat_sweep.conformance.toy import toy_trial
from sat_sweep.data import augment
from sat_sweep.imports.lazy import torch
from sat_sweep.training import epochs

SHAPES = ((16, 1, 8, 8), (16, 3, 24, 32))


@dataclass(frozen=True)
class AugmentationToy:
    """An augmentation by name; it has no `options`."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def done(self, images: torch.Tensor, seed: int = 0, strength: float = 1.0) -> torch.Tensor:
        """`images` (B, C, H, W) augmented with draws of this `seed`."""
        fill = torch.full((images.shape[1],), -1.5)
        return augment(images, self.name, torch.Generator().manual_seed(seed), fill, strength, -fill)


def keeps_shapes(toy: AugmentationToy) -> None:
    """Images keep their shape and type, and stay finite, at any strength."""
    for shape in SHAPES:
        for strength in (0.0, 0.5, 1.0):
            images = torch.randn(shape)
            found = toy.done(images, strength=strength)
            require(found.shape == images.shape and found.dtype == images.dtype,
                    f"{tuple(shape)} float32 become {tuple(found.shape)} {found.dtype}")
            require(found.isfinite().all(), "some pixels are not finite")


def its_generator_decides(toy: AugmentationToy) -> None:
    """The same draws give the same images, whatever torch's global generator does."""
    images, found = torch.randn(SHAPES[1]), []
    for global_seed, seed in ((0, 0), (1, 0), (0, 1)):
        torch.manual_seed(global_seed)
        found.append(toy.done(images.clone(), seed))
    require(torch.equal(found[0], found[1]), "the same generator gives other images: draw from `generator` alone")
    require(not torch.equal(found[0], found[2]), "another generator gives the same images")


def leaves_its_images_alone(toy: AugmentationToy) -> None:
    """What it is given stays as it was."""
    images = torch.randn(SHAPES[1])
    before = images.clone()
    toy.done(images)
    require(torch.equal(before, images), "it writes into the batch that it is given: return a copy")


def can_be_trained_with(toy: AugmentationToy) -> None:
    """A trial trains with it, also behind crop and flip."""
    for kind in (toy.name, f"crop+flip+{toy.name}"):
        *_, last = epochs(toy_trial(epochs=1, training={"augmentation": kind}))
        require(last.diverged is None, f"with {kind} training broke down: {last.diverged}")


CHECKS: tuple[Check[AugmentationToy], ...] = (
    keeps_shapes, its_generator_decides, leaves_its_images_alone, can_be_trained_with)
