"""What a confirmed trial knows of each training example's label, as a small file that outlives the trial.

What was trained on and what was held out are together all training examples but trusted ones and those without labels.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from sat_sweep.data.trial_data import Part, TrialData
from sat_sweep.home.files import Folder
from sat_sweep.home.key import digest_of, home_key, is_digest_of
from sat_sweep.imports.lazy import torch
from sat_sweep.training.predictions import HELD_OUT, TEST, TRAIN, PredictionSums
from sat_sweep.training.run import TrainingRun

SIGNED = b"sat-sweep evidence 1\n"
"""With a key of the home, what the file begins with, before 32 bytes of HMAC-SHA256 and the arrays."""
UNKNOWN = -1
"""Stands for a true label that nobody knows."""


@dataclass(frozen=True)
class PartEvidence:
    """Of N examples, NumPy arrays in the order of their `position` (N,) in the dataset.

    `given` and `true` (N,) are labels, UNKNOWN where the true one is. Means over the epochs: `margin` (N,), the logit
    of the given label less the largest other one; `as_given` (N,), the share of epochs in which it was predicted;
    `probabilities` (N, C); what comes several times in an epoch counts as often. `soft_targets` (N, C) are what the
    method took for labels in the end, (0, C) if it has none.
    """

    position: np.ndarray
    given: np.ndarray
    true: np.ndarray
    margin: np.ndarray
    as_given: np.ndarray
    probabilities: np.ndarray
    soft_targets: np.ndarray

    def has_its_types(self) -> bool:
        """Whether labels are whole numbers of classes there are, all else numbers, and each has its dimensions."""
        kinds = {"position": ("i", 1), "given": ("i", 1), "true": ("i", 1), "margin": ("f", 1), "as_given": ("f", 1),
                 "probabilities": ("f", 2), "soft_targets": ("f", 2)}
        if any((value.dtype.kind, value.ndim) != kinds[name] for name, value in vars(self).items()):
            return False
        classes = self.probabilities.shape[1]
        return bool(((self.given >= 0) & (self.given < classes)).all()
                    and ((self.true >= UNKNOWN) & (self.true < classes)).all())

    @classmethod
    def of(cls, part: Part, sums: PredictionSums, position: torch.Tensor,
           soft_targets: torch.Tensor | None = None) -> PartEvidence:
        """Of a part of a trial's data and what was predicted of it; an example that was never seen has margin NaN."""
        seen = sums.sums["seen"]
        true = part.true_labels if part.true_labels is not None else torch.full_like(part.labels, UNKNOWN)
        targets = soft_targets if soft_targets is not None else torch.empty(0, sums.classes)
        tensors = [position.int(), part.labels.int(), true.int(), sums.sums["margin"] / seen,
                   sums.sums["as_given"] / seen, sums.sums["probabilities"] / seen[:, None], targets]
        return cls(*(tensor.cpu().numpy() for tensor in tensors))


@dataclass(frozen=True)
class Evidence:
    """Of one trial: the part it trained on, the one held out, and the test part if its labels may be wrong too.

    None where there is no such. Positions of test examples come after those of all training examples.
    """

    train: PartEvidence
    held_out: PartEvidence | None = None
    test: PartEvidence | None = None

    @classmethod
    def of(cls, run: TrainingRun, data: TrialData, count: int) -> Evidence | None:
        """Of a finished run on `data`, of a dataset with `count` training examples.

        None if it did not sum up what it predicted from its first epoch on.
        """
        if run.predictions is None:
            return None
        behind = torch.arange(count, count + len(data.test))
        parts = {TRAIN: (data.train, _positions(data.train)), TEST: (data.test, behind)}
        if data.validation is not None:
            parts[HELD_OUT] = (data.validation, _positions(data.validation))
        targets = {TRAIN: run.method.algorithm.soft_targets()}
        return cls(**{name: PartEvidence.of(parts[name][0], sums, parts[name][1], targets.get(name))
                      for name, sums in run.predictions.parts.items()})

    def encode(self) -> bytes:
        """As a file."""
        arrays = {f"{name}/{key}": value for name, part in vars(self).items() if part is not None
                  for key, value in vars(part).items()}
        file = io.BytesIO()
        np.savez(file, **arrays)
        content = file.getvalue()
        return content if home_key() is None else SIGNED + digest_of([content]) + content

    @classmethod
    def decode(cls, content: bytes | bytearray) -> Evidence | None:
        """What `encode` wrote, None for anything else; executes nothing, and unpacks no more than it has."""
        if home_key() is not None:
            start = len(SIGNED) + 32
            if content[:len(SIGNED)] != SIGNED or not is_digest_of(content[len(SIGNED):start], [content[start:]]):
                return None
            content = content[start:]
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                if sum(entry.file_size for entry in packed.infolist()) > len(content):
                    return None
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return cls(**{name: _part(name, arrays) for name in {key.split("/")[0] for key in arrays}})
        except Exception:  # whatever is wrong with a foreign file, the answer is the same
            return None

    def speaks_of(self, count: int, classes: int) -> bool:
        """Whether its examples are among the first `count`, each of them once, and have so many `classes`."""
        parts = [part for part in vars(self).values() if part is not None]
        position = np.concatenate([part.position for part in parts])
        return (len(np.unique(position)) == len(position) and bool(((position >= 0) & (position < count)).all())
                and all(part.probabilities.shape[1] == classes for part in parts))


def _positions(part: Part) -> torch.Tensor:
    assert part.positions is not None
    return part.positions


def _part(name: str, arrays: Mapping[str, np.ndarray]) -> PartEvidence:
    part = PartEvidence(*(arrays[f"{name}/{field.name}"] for field in fields(PartEvidence)))
    if any(len(value) != len(part.position) for key, value in vars(part).items() if key != "soft_targets"):
        raise ValueError(f"the arrays of part {name} differ in length")
    if len(part.soft_targets) not in (0, len(part.position)) or not part.has_its_types():
        raise ValueError(f"the arrays of part {name} are no evidence")
    return part


class EvidenceStore:
    """Evidence in a folder that many sweeps may share, by the signature that a trial ended with."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def has(self, signature: str) -> bool:
        """Whether there is a file, sound or not."""
        return self._folder.exists(f"{signature}.npz")

    def add(self, signature: str, evidence: Evidence) -> None:
        """Keep `evidence`; raises OSError where it cannot be written."""
        self._folder.write(f"{signature}.npz", evidence.encode())

    def get(self, signature: str) -> Evidence | None:
        """The evidence, None where there is none that can be read."""
        content = self._folder.read(f"{signature}.npz") if signature.isalnum() else None
        return Evidence.decode(content) if content is not None else None
