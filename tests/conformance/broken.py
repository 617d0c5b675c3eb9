"""A plug-in in which every part breaks rules, each of them one that its author would not have seen."""

import random
from typing import Literal

import torch

from sat_sweep import (
    Corrupted,
    DatasetSpec,
    Measure,
    ModelSpec,
    NoiseLevel,
    NoiseSpec,
    Objective,
    Parameters,
    Selection,
    Source,
    Task,
    hyperparameter,
    logits_of,
    register_augmentation,
    register_dataset,
    register_method,
    register_network,
    register_noise,
    register_task,
)

STEPS = []
"""What a step leaves outside the run."""


class ForgetfulParameters(Parameters):
    strength: float = hyperparameter(1.0, ge=0, meaning="how much the loss grows with every step that was ever taken")


@register_method
class Forgetful(Objective):
    """Remembers in a global list, which no state has."""

    name, paper, Parameters = "forgetful", "nobody", ForgetfulParameters

    def influence(self, epoch, history):
        return {"forgetful": self.parameters.strength}

    def loss(self, logits, batch, epoch):
        STEPS.append(epoch)
        return torch.nn.functional.cross_entropy(logits, batch.labels) * (1 + 0.01 * len(STEPS))


@register_method
class Secretive(Objective):
    """Acts from the first epoch on and says that it does not."""

    name, paper, Parameters = "secretive", "nobody", ForgetfulParameters

    def influence(self, epoch, history):
        return {"secretive": True} if epoch > 3 else {}

    def loss(self, logits, batch, epoch):
        return (1 - logits.softmax(dim=1).gather(1, batch.labels[:, None])).mean() * 3


@register_network
class Moody(ModelSpec):
    """Dropout that is never switched off, a layer that nothing passes, and a width by chance."""

    name: Literal["moody"] = "moody"

    def build(self, input_shape, num_classes):
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.norm = torch.nn.BatchNorm2d(input_shape[0])
                self.unused = torch.nn.Linear(3, 3)
                self.head = torch.nn.LazyLinear(num_classes)
                self.scale = random.random()

            def forward(self, x):
                x = torch.nn.functional.dropout(self.norm(x).flatten(1), 0.5, training=True)
                return self.head(x) * self.scale

        net = Net()
        net(torch.zeros(2, *input_shape))
        return net


@register_dataset
class Ragged(DatasetSpec):
    """A class too many, a file name too few."""

    name: Literal["ragged"] = "ragged"

    def source(self):
        return Source(torch.rand(60, 1, 8, 8), torch.arange(60) % 4, ("a", "b", "c"), files=["x.png"])


@register_dataset
class Drifting(DatasetSpec):
    """Pixels up to 255 as numbers, and others each time."""

    name: Literal["drifting"] = "drifting"

    def source(self):
        return Source(torch.rand(60, 1, 8, 8) * 255, torch.arange(60) % 3, ("a", "b", "c"))


@register_noise
class Leaky(NoiseSpec):
    """Writes into the data and draws where no seed reaches."""

    kind: Literal["leaky"] = "leaky"

    def levels(self):
        return [NoiseLevel(kind="leaky", label="leaky", rate=0.2), NoiseLevel(kind="leaky", label="leaky", rate=0.0)]

    @classmethod
    def corrupt(cls, level, dataset, seed):
        chosen = torch.rand(len(dataset.labels)) < 0.2
        dataset.labels[chosen] = 0
        return Corrupted(dataset.images, dataset.labels.clone(), dataset.labels.clone())


@register_augmentation
def smearing(images, generator, fill, strength):
    """In place, by the global generator, and half as high."""
    images += torch.randn_like(images)
    return images[:, :, ::2]


@register_task
class Peeking(Task):
    """Chooses by a measure that looks at more than it declares."""

    name: Literal["peeking"] = "peeking"

    @property
    def measures(self):
        return (Measure("test/odd", "test", "true", "higher", 0.0, "fraction", "odd", (0.0, 0.001)),
                Measure("val/noisy_odd", "val", "given", "higher", 0.0, "fraction", "odd", (0.0, 1.0)))

    @property
    def selection(self):
        return Selection(self.measures[1])

    @property
    def answer(self):
        return self.measures[0]

    def on_validation(self, part, evaluation):
        right = (logits_of(part.inputs, evaluation).argmax(dim=1) == part.labels).float().mean()
        return {"val/noisy_odd": right, "val/peeked": right}

    def on_test(self, part, evaluation):
        return {"test/odd": (logits_of(part.inputs, evaluation).argmax(dim=1) == part.labels).float().mean()}
