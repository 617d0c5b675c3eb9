"""What a run predicts of its training and validation examples, summed over its epochs.

By these sums wrong labels are found later (`suspects/`). The margin of the given label, averaged over the epochs of
training, is the area under the margin of Pleiss et al., "Identifying Mislabeled Data using the Area Under the Margin
Ranking", NeurIPS 2020, arXiv 2001.10528. Everything comes from outputs that training and evaluation have anyway, so no
example is passed through a network once more.
"""

from __future__ import annotations

from collections.abc import Mapping

from sat_sweep.data.device import DeviceData
from sat_sweep.imports.lazy import torch
from sat_sweep.tasks.base import of_classes
from sat_sweep.training.network import below

PENDING = 2**20
"""Logits are summed up once there are so many numbers: small operations on every batch would cost more."""
TRAIN, HELD_OUT = "train/", "held_out/"
"""How the names of the sums of the two parts begin."""


class PredictionSums:
    """Sums over epochs, of N examples with these given `labels` (N,) and so many `classes`.

    `sums`, all float32: `probabilities` (N, C); `margin` (N,), the logit of the given label less the largest other
    one; `as_given` (N,), how often the given label was predicted; `seen` (N,), how often the example was.
    """

    def __init__(self, labels: torch.Tensor, classes: int) -> None:
        self.labels, self.classes = labels, classes
        count = len(labels)
        self.sums = {"probabilities": torch.zeros(count, classes, device=labels.device),
                     **{name: torch.zeros(count, device=labels.device) for name in ("margin", "as_given", "seen")}}

    def add(self, index: torch.Tensor, logits: torch.Tensor) -> None:
        """Count `logits` (B, C) of the examples at `index` (B,), none of them twice; no synchronisation."""
        given = self.labels[index][:, None]
        own = logits.gather(1, given)[:, 0]
        margin = own - logits.scatter(1, given, -torch.inf).amax(dim=1)
        seen = {"probabilities": logits.softmax(dim=1), "margin": margin, "as_given": (margin > 0).float(),
                "seen": torch.ones_like(margin)}
        for name, values in seen.items():
            self.sums[name].index_copy_(0, index, self.sums[name][index] + values)


class Predictions:
    """The sums of a run on `data`: of its training part, and of its validation part if there is one."""

    def __init__(self, data: DeviceData, classes: int) -> None:
        self.train = PredictionSums(data.train.labels, classes)
        self._inputs = data.validation.inputs if data.validation is not None else None
        self.held_out = PredictionSums(data.validation.labels, classes) if data.validation is not None else None
        self._pending: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._size = 0

    def trained(self, index: torch.Tensor, logits: torch.Tensor) -> None:
        """A step of training predicted `logits` (B, outputs) for the examples at `index`."""
        self._pending.append((index, of_classes(logits, self.train.classes)))
        self._size += logits.numel()
        if self._size > PENDING:
            self.settle()

    def settle(self) -> None:
        """Count what was trained since; to be called at the end of an epoch."""
        if self._pending:
            index, logits = (torch.cat(part) for part in zip(*self._pending, strict=True))
            self.train.add(index, logits.float())
        self._pending, self._size = [], 0

    def evaluated(self, inputs: torch.Tensor, logits: torch.Tensor) -> None:
        """Evaluation predicted `logits` (N, outputs) for `inputs`; counts if these are the validation part's own."""
        if self.held_out is not None and inputs is self._inputs:
            index = torch.arange(len(inputs), device=inputs.device)
            self.held_out.add(index, of_classes(logits, self.held_out.classes))

    @property
    def tensors(self) -> dict[str, torch.Tensor]:
        """All sums by name, to be stored with a state."""
        held_out = self.held_out.sums if self.held_out is not None else {}
        return {**{TRAIN + name: value for name, value in self.train.sums.items()},
                **{HELD_OUT + name: value for name, value in held_out.items()}}

    def load(self, tensors: Mapping[str, torch.Tensor]) -> bool:
        """Go on from `tensors` of a state; whether it has all of them (a state of an older version has none)."""
        if tensors.keys() != self.tensors.keys():
            return False
        self.train.sums = below(TRAIN, tensors)
        if self.held_out is not None:
            self.held_out.sums = below(HELD_OUT, tensors)
        return True
