"""CIFAR-100 (Krizhevsky 2009)."""

from __future__ import annotations

from typing import Literal

from sat_sweep.data.dataset import Counts, Source, register
from sat_sweep.data.sources._torchvision import TorchvisionSpec, channels_first
from sat_sweep.imports.lazy import torch

SUPERCLASSES = (
    "beaver dolphin otter seal whale",
    "aquarium_fish flatfish ray shark trout",
    "orchid poppy rose sunflower tulip",
    "bottle bowl can cup plate",
    "apple mushroom orange pear sweet_pepper",
    "clock keyboard lamp telephone television",
    "bed chair couch table wardrobe",
    "bee beetle butterfly caterpillar cockroach",
    "bear leopard lion tiger wolf",
    "bridge castle house road skyscraper",
    "cloud forest mountain plain sea",
    "camel cattle chimpanzee elephant kangaroo",
    "fox porcupine possum raccoon skunk",
    "crab lobster snail spider worm",
    "baby boy girl man woman",
    "crocodile dinosaur lizard snake turtle",
    "hamster mouse rabbit shrew squirrel",
    "maple_tree oak_tree palm_tree pine_tree willow_tree",
    "bicycle bus motorcycle pickup_truck train",
    "lawn_mower rocket streetcar tank tractor",
)
"""The authors' 20 superclasses of 5 classes each, both in their order."""


def next_in_superclass(class_names: tuple[str, ...]) -> dict[int, int]:
    """Every class to the next in its superclass, the last to the first (Patrini et al. 2017, 1609.03683)."""
    groups = [superclass.split() for superclass in SUPERCLASSES]
    following = {name: group[(place + 1) % 5] for group in groups for place, name in enumerate(group)}
    return {class_names.index(name): class_names.index(after) for name, after in following.items()}


@register
class Cifar100(TorchvisionSpec):
    """Photographs of animals, plants and things, 50,000 + 10,000 colour 32×32 images, 100 classes."""

    augmentation = "crop+flip"
    published = Counts(50_000, 10_000)

    name: Literal["cifar100"] = "cifar100"

    def source(self) -> Source:
        """(N, 3, 32, 32) uint8, in the order of the original files, which human annotations follow."""
        train, test = self.open("CIFAR100", train=True), self.open("CIFAR100", train=False)
        names = tuple(train.classes)
        return Source(
            channels_first(train.data), torch.tensor(train.targets), names,
            channels_first(test.data), torch.tensor(test.targets), confusions=next_in_superclass(names),
        )
