"""What augmentation is: names joined by `+`, each done to a whole batch at once.

    training: {augmentation: crop+flip+cutout}

Crop and flip are ours and come first, in one go; every further one is a function that registers itself under its name.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, WithJsonSchema

from sat_sweep.errors import UserError, did_you_mean
from sat_sweep.registry import Registry

if TYPE_CHECKING:
    from torch import Generator, Tensor

    Augmentation = Callable[..., Tensor]
    """From a batch of normalised images (B, C, H, W), a generator on the CPU, the value of black per channel (C,) and a
    strength in [0, 1] to augmented images of the same shape; its argument is left as it is. One with a further
    parameter `white` gets the value of white per channel (C,) as that."""

MOVES = ("flip", "crop")
"""What looks up a window of each image."""

augmentations: Registry[Augmentation] = Registry("augmentation", "sat_sweep.data.augmentations")


def register(augmentation: Augmentation) -> Augmentation:
    """Make a function known under its own name; raises ValueError for one that is taken."""
    if augmentation.__name__ in (*MOVES, "none", "auto"):
        raise ValueError(f"augmentation '{augmentation.__name__}' is registered twice")
    return augmentations.add(augmentation.__name__, augmentation)


def parts_of(kind: str) -> tuple[str, ...]:
    """The names in `kind`, none for "none"; raises UserError for an unknown one and for one that is there twice."""
    parts = () if kind == "none" else tuple(kind.split("+"))
    for part in parts:
        if part not in MOVES and part not in augmentations:
            known = ("none", *MOVES, "crop+flip", *augmentations)
            raise UserError(f"unknown augmentation '{part}'; {did_you_mean(part, known)}")
    if len(set(parts)) < len(parts):
        raise UserError(f"an augmentation counts once; got '{kind}'")
    return parts


def _chosen(kind: str) -> str:
    """As it is, "auto" included; a mistake becomes pydantic's."""
    try:
        if kind != "auto":
            parts_of(kind)
    except UserError as error:
        raise ValueError(str(error)) from error
    return kind


AnyAugmentation = Annotated[str, AfterValidator(_chosen), WithJsonSchema(
    {"type": "string", "examples": ["auto", "none", "flip", "crop", "crop+flip", "crop+flip+cutout"]})]


def registered_parts(kind: str) -> tuple[Augmentation, ...]:
    """Those of `kind` that are registered, in their order."""
    return tuple(augmentations[part] for part in parts_of(kind) if part not in MOVES)


def augment(images: Tensor, kind: str, generator: Generator, fill: Tensor, strength: float = 1.0,
            white: Tensor | None = None) -> Tensor:
    """A randomly augmented copy of `images`; `images` itself if `kind` is "none".

    `images` (B, C, H, W) normalised float, `fill` (C,) the value of black after normalisation and `white` that of
    white, which only those need that change colours. `strength` in [0, 1] is how far it goes. `generator` lives on the
    CPU and so do the draws, hence they are the same on every device.
    Raises UserError for an unknown `kind`.
    """
    if kind == "none":
        return images
    crop, flip = (move in kind.split("+") for move in ("crop", "flip"))
    if crop or flip:
        from sat_sweep.data.augmentations._window import moved

        images = moved(images, generator, fill, strength, crop=crop, flip=flip)
    for each in registered_parts(kind):
        beside = {"white": white} if "white" in signature(each).parameters else {}
        images = each(images, generator, fill, strength, **beside)
    return images
