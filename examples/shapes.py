"""A dataset, a network, an augmentation and a method of one's own, in one file.

    plugins: [shapes.py]
    dataset: {name: shapes}
    model: {name: shape_net}
    methods: [ce, brier]
    training: {augmentation: half_turns}

`sat-sweep check-plugin examples/shapes.py` says whether they keep what is relied on, and
`sat-sweep launch examples/shapes.yaml` compares them.
"""

from typing import Literal

import torch
from pydantic import Field

from sat_sweep import (
    DatasetSpec,
    ModelSpec,
    Objective,
    Parameters,
    Range,
    Source,
    hyperparameter,
    register_augmentation,
    register_dataset,
    register_method,
    register_network,
)

SIDE = 12
CLASSES = ("circle", "square", "cross")


def drawn(labels, generator):
    """One image (N, 1, 12, 12) of the shape that each of `labels` (N,) names, somewhere, in some size, with grain."""
    size = torch.randint(3, 6, (len(labels), 1, 1), generator=generator).float()
    middle = torch.randint(4, SIDE - 4, (2, len(labels), 1, 1), generator=generator).float()
    line = torch.arange(SIDE).float()
    down, across = (line.view(-1, 1) - middle[0]).abs(), (line - middle[1]).abs()
    circle, square = (down**2 + across**2).sqrt() <= size - 0.5, torch.maximum(down, across) < size - 0.5
    cross = (torch.minimum(down, across) < 1) & square
    shapes = torch.stack([circle, square, cross])[labels, torch.arange(len(labels))].float()
    return (0.7 * shapes + 0.3 * torch.rand(shapes.shape, generator=generator)).clamp(0, 1)[:, None]


@register_dataset
class Shapes(DatasetSpec):
    """Circles, squares and crosses: `count` for training and half as many for testing, always the same ones."""

    name: Literal["shapes"] = "shapes"
    count: int = Field(300, ge=30)
    """Images to train on."""

    def source(self):
        """Draws them; a dataset of files would read these, and raise DataUnavailable if they are missing."""
        generator = torch.Generator().manual_seed(0)
        labels = torch.randint(len(CLASSES), (self.count + self.count // 2,), generator=generator)
        images = drawn(labels, generator)
        return Source(images[: self.count], labels[: self.count], CLASSES,
                      test_images=images[self.count :], test_labels=labels[self.count :])


@register_augmentation
def half_turns(images, generator, fill, strength):
    """Every other image upside down; with a `strength` below 1, so many fewer."""
    turned = torch.rand(len(images), generator=generator) < strength / 2
    return torch.where(turned.to(images.device)[:, None, None, None], images.flip(2, 3), images)


@register_network
class ShapeNet(ModelSpec):
    """Two convolutions, the brightest answer of each filter, one layer."""

    name: Literal["shape_net"] = "shape_net"
    width: int = Field(16, ge=1)
    """Filters of a convolution."""

    def build(self, input_shape, num_classes):
        """From (B, C, H, W) to logits (B, num_classes)."""
        return torch.nn.Sequential(
            torch.nn.Conv2d(input_shape[0], self.width, 5, padding=2), torch.nn.ReLU(),
            torch.nn.Conv2d(self.width, self.width, 5, padding=2), torch.nn.ReLU(),
            torch.nn.AdaptiveMaxPool2d(1), torch.nn.Flatten(), torch.nn.Linear(self.width, num_classes))


def brier_loss(logits, labels):
    """The squared distance between predicted probabilities, softmax of `logits` (B, C), and one-hot `labels` (B,)."""
    targets = torch.nn.functional.one_hot(labels, logits.shape[1])
    return (logits.softmax(dim=1) - targets).square().sum(dim=1).mean()


class BrierParameters(Parameters):
    """Hyperparameters of `brier`."""

    start_epoch: int = hyperparameter(3, ge=0, search=Range(0, 8), meaning="epochs of cross-entropy before it")


@register_method
class Brier(Objective):
    """The Brier score (Brier 1950), a bounded loss, after a beginning with cross-entropy.

    Being bounded, no single wrong label pulls without end.
    """

    name, paper, Parameters = "brier", "Brier 1950, Monthly Weather Review 78", BrierParameters

    def influence(self, epoch, history):
        """The loss, from its start on; until then a run is plain training, and shared as such."""
        return {"loss": "brier"} if epoch > self.parameters.start_epoch else {}

    def loss(self, logits, batch, epoch):
        """Of one step."""
        if not self.influence(epoch, ()):
            return torch.nn.functional.cross_entropy(logits, batch.labels)
        return brier_loss(logits, batch.labels)
