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
from sat_sweep.imports.lazy import torch
from sat_sweep.training.predictions import HELD_OUT, TEST, TRAIN, PredictionSums
from sat_sweep.training.run import TrainingRun

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
        return file.getvalue()

    @classmethod
    def decode(cls, content: bytes | bytearray) -> Evidence | None:
        """What `encode` wrote, None for anything else; executes nothing."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return cls(**{name: _part(name, arrays) for name in {key.split("/")[0] for key in arrays}})
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
            return None


def _positions(part: Part) -> torch.Tensor:
    assert part.positions is not None
    return part.positions


def _part(name: str, arrays: Mapping[str, np.ndarray]) -> PartEvidence:
    part = PartEvidence(*(arrays[f"{name}/{field.name}"] for field in fields(PartEvidence)))
    if any(len(value) != len(part.position) for key, value in vars(part).items() if key != "soft_targets"):
        raise ValueError(f"the arrays of part {name} differ in length")
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
        content = self._folder.read(f"{signature}.npz")
        return Evidence.decode(content) if content is not None else None
