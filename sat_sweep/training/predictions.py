"""What a run predicts of its examples, summed over its epochs.

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
TRAIN, HELD_OUT, TEST = "train", "held_out", "test"
"""The parts that are summed up."""


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
        """Count `logits` (B, C) of the examples at `index` (B,), each as often as it comes; no synchronisation."""
        given = self.labels[index][:, None]
        own = logits.gather(1, given)[:, 0]
        margin = own - logits.scatter(1, given, -torch.inf).amax(dim=1)
        seen = {"probabilities": logits.softmax(dim=1), "margin": margin, "as_given": (margin > 0).float(),
                "seen": torch.ones_like(margin)}
        for name, values in seen.items():
            self.sums[name].index_put_((index,), values, accumulate=True)


class Predictions:
    """The sums of a run on `data`: of what it trains on and holds out, and of a test part with labels as given."""

    def __init__(self, data: DeviceData, classes: int) -> None:
        self._classes = classes
        as_given = data.test is not None and data.test.true_labels is None
        known = {TRAIN: data.train, HELD_OUT: data.validation, TEST: data.test if as_given else None}
        self._inputs = {name: part.inputs for name, part in known.items() if part is not None}
        self.parts = {name: PredictionSums(part.labels, classes) for name, part in known.items() if part is not None}
        self._pending: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._size = 0

    def trained(self, index: torch.Tensor, logits: torch.Tensor) -> None:
        """A step of training predicted `logits` (B, outputs) for the examples at `index`."""
        self._pending.append((index, of_classes(logits, self._classes)))
        self._size += logits.numel()
        if self._size > PENDING:
            self.settle()

    def settle(self) -> None:
        """Count what was trained since; to be called at the end of an epoch."""
        if self._pending:
            index, logits = (torch.cat(part) for part in zip(*self._pending, strict=True))
            self.parts[TRAIN].add(index, logits.float())
        self._pending, self._size = [], 0

    def evaluated(self, inputs: torch.Tensor, logits: torch.Tensor) -> None:
        """Evaluation predicted `logits` (N, outputs) for `inputs`; counts if these are one of the parts' own."""
        for name, sums in self.parts.items():
            if name != TRAIN and inputs is self._inputs[name]:
                sums.add(torch.arange(len(inputs), device=inputs.device), of_classes(logits, self._classes))

    @property
    def tensors(self) -> dict[str, torch.Tensor]:
        """All sums by name, to be stored with a state."""
        return {f"{part}/{name}": value for part, sums in self.parts.items() for name, value in sums.sums.items()}

    def fits(self, tensors: Mapping[str, torch.Tensor]) -> bool:
        """Whether `tensors` are of the sizes and types of these sums; those that are not there do not count."""
        own = self.tensors
        return all(name in own and (own[name].shape, own[name].dtype) == (value.shape, value.dtype)
                   for name, value in tensors.items())

    def load(self, tensors: Mapping[str, torch.Tensor]) -> bool:
        """Go on from `tensors` of a state; whether it has all of them (a state of an older version has none)."""
        if tensors.keys() != self.tensors.keys():
            return False
        for name, sums in self.parts.items():
            sums.sums = below(f"{name}/", tensors)
        return True
