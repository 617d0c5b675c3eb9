"""What people have without sat-sweep: one SAT trial written by hand, the smallest way and the tutorials' way.

SAT (Huang et al. 2020, arXiv 2002.10319) after `start_epoch` epochs of cross-entropy, for a batch with logits z:

    p = softmax(z);  t <- m t + (1 - m) p;  w = max t;  loss = sum(w * -sum(t log p)) / sum(w)

Nothing of sat_sweep is imported here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax, one_hot
from torch.utils.data import DataLoader, Dataset


def sat_targets(targets: Tensor, logits: Tensor, momentum: float) -> Tensor:
    """The soft targets (B, C) after a visit."""
    return momentum * targets + (1 - momentum) * logits.softmax(dim=1)


def sat_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy with soft targets, weighted by their largest entry."""
    weights = targets.max(dim=1).values
    return (weights * -(targets * log_softmax(logits, dim=1)).sum(dim=1)).sum() / weights.sum()


@dataclass(frozen=True)
class Problem:
    """What all trials have in common."""

    width: int = 512
    epochs: int = 60
    batch_size: int = 64
    rate: float = 0.4


def settings(problem: Problem, chance: random.Random) -> dict[str, Any]:
    """Random settings of a trial."""
    low, high = start_epochs(problem)
    return {"momentum": chance.uniform(0.5, 0.99), "start_epoch": chance.randint(low, high)}


def start_epochs(problem: Problem) -> tuple[int, int]:
    """6 to 36 of 60 epochs, in proportion for other lengths."""
    return round(0.1 * problem.epochs), round(0.6 * problem.epochs)


def noisy_digits(problem: Problem, seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Digits with symmetric noise: training images (1078, 64) and labels, validation images (270, 64) and labels.

    As large as what sat-sweep has: a quarter of the 1,797 images is for testing and not touched here, a fifth of
    the rest is noisy validation.
    """
    from sklearn.datasets import load_digits

    generator = torch.Generator().manual_seed(seed)
    images, labels = (torch.from_numpy(array) for array in load_digits(return_X_y=True))
    order = torch.randperm(len(labels), generator=generator)[:1348]
    inputs, labels = (images[order] / 16).float(), labels[order].long()
    wrong = torch.rand(len(labels), generator=generator) < problem.rate
    shift = torch.randint(1, 10, (len(labels),), generator=generator)
    labels = torch.where(wrong, (labels + shift) % 10, labels)
    inputs = (inputs - inputs[:1078].mean(0)) / inputs[:1078].std(0).clamp(min=1e-3)
    return inputs[:1078], labels[:1078], inputs[1078:], labels[1078:]


def perceptron(width: int) -> nn.Module:
    """64 inputs, two hidden layers, 10 classes."""
    return nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10))


def _optimizer(model: nn.Module, epochs: int, **more: Any) -> tuple[torch.optim.Optimizer, Any]:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, **more)
    return optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)


@torch.no_grad()
def accuracy(model: nn.Module, inputs: Tensor, labels: Tensor) -> float:
    """The share of `labels` that the model predicts."""
    model.eval()
    return (model(inputs).argmax(dim=1) == labels).float().mean().item()


def minimal(problem: Problem, momentum: float, start_epoch: int, data: tuple[Tensor, ...]) -> Iterator[float]:
    """SAT as an expert writes it for speed: tensors, no loader; yields the validation accuracy of each epoch."""
    inputs, labels, held_out, held_out_labels = data
    model = perceptron(problem.width)
    optimizer, scheduler = _optimizer(model, problem.epochs, fused=True)
    targets = one_hot(labels, 10).float()
    for epoch in range(1, problem.epochs + 1):
        model.train()
        for index in torch.randperm(len(labels)).split(problem.batch_size):
            optimizer.zero_grad()
            logits = model(inputs[index])
            if epoch <= start_epoch:
                loss = cross_entropy(logits, labels[index])
            else:
                targets[index] = sat_targets(targets[index], logits.detach(), momentum)
                loss = sat_loss(logits, targets[index])
            loss.backward()
            optimizer.step()
        scheduler.step()
        yield accuracy(model, held_out, held_out_labels)


class Indexed(Dataset):
    """Examples with their position, which SAT needs, as SAT's authors do it."""

    def __init__(self, inputs: Tensor, labels: Tensor) -> None:
        self.inputs, self.labels = inputs, labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, int]:
        return self.inputs[index], self.labels[index], index


def with_loader(problem: Problem, momentum: float, start_epoch: int, data: tuple[Tensor, ...]) -> \
        Iterator[dict[str, float]]:
    """SAT as tutorials write a training function: DataLoader, loss and accuracy fetched with every batch."""
    inputs, labels, held_out, held_out_labels = data
    training = DataLoader(Indexed(inputs, labels), batch_size=problem.batch_size, shuffle=True, num_workers=0)
    validation = DataLoader(Indexed(held_out, held_out_labels), batch_size=problem.batch_size, num_workers=0)
    model = perceptron(problem.width)
    optimizer, scheduler = _optimizer(model, problem.epochs)
    targets = one_hot(labels, 10).float()
    for epoch in range(1, problem.epochs + 1):
        trained = _train_with_loader(model, optimizer, training, targets, momentum, epoch > start_epoch)
        scheduler.step()
        yield {**trained, **_validate_with_loader(model, validation), "epoch": epoch}


def _train_with_loader(model: nn.Module, optimizer: torch.optim.Optimizer, loader: DataLoader, targets: Tensor,
                       momentum: float, adaptive: bool) -> dict[str, float]:
    model.train()
    total, correct = 0.0, 0
    for inputs, labels, index in loader:
        optimizer.zero_grad()
        logits = model(inputs)
        if adaptive:
            targets[index] = sat_targets(targets[index], logits.detach(), momentum)
            loss = sat_loss(logits, targets[index])
        else:
            loss = cross_entropy(logits, labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        correct += int((logits.argmax(dim=1) == labels).sum().item())
    count = len(loader.dataset)  # type: ignore[arg-type]
    return {"train_loss": total / count, "train_accuracy": correct / count}


@torch.no_grad()
def _validate_with_loader(model: nn.Module, loader: DataLoader) -> dict[str, float]:
    model.eval()
    total, correct = 0.0, 0
    for inputs, labels, _ in loader:
        logits = model(inputs)
        total += cross_entropy(logits, labels).item() * len(labels)
        correct += int((logits.argmax(dim=1) == labels).sum().item())
    count = len(loader.dataset)  # type: ignore[arg-type]
    return {"val_loss": total / count, "val_accuracy": correct / count}
