"""What a confirmed trial knows of each training example's label, as a small file that outlives the trial.

Two parts, those trained on and those held out; together they are all examples of the dataset but trusted ones.
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
from sat_sweep.training.predictions import PredictionSums
from sat_sweep.training.run import TrainingRun

UNKNOWN = -1
"""Stands for a true label that nobody knows."""


@dataclass(frozen=True)
class PartEvidence:
    """Of N examples, NumPy arrays in the order of their `position` (N,) in the dataset.

    `given` and `true` (N,) are labels, UNKNOWN where the true one is. Means over the epochs: `margin` (N,), the logit
    of the given label less the largest other one; `as_given` (N,), the share of epochs in which it was predicted;
    `probabilities` (N, C). `soft_targets` (N, C) are what the method took for labels in the end, (0, C) if it has none.
    """

    position: np.ndarray
    given: np.ndarray
    true: np.ndarray
    margin: np.ndarray
    as_given: np.ndarray
    probabilities: np.ndarray
    soft_targets: np.ndarray

    @classmethod
    def of(cls, part: Part, sums: PredictionSums, soft_targets: torch.Tensor | None = None) -> PartEvidence:
        """Of a part of a trial's data and what was predicted of it; an example that was never seen has margin NaN."""
        assert part.positions is not None
        seen = sums.sums["seen"]
        true = part.true_labels if part.true_labels is not None else torch.full_like(part.labels, UNKNOWN)
        targets = soft_targets if soft_targets is not None else torch.empty(0, sums.classes)
        tensors = [part.positions.int(), part.labels.int(), true.int(), sums.sums["margin"] / seen,
                   sums.sums["as_given"] / seen, sums.sums["probabilities"] / seen[:, None], targets]
        return cls(*(tensor.cpu().numpy() for tensor in tensors))


@dataclass(frozen=True)
class Evidence:
    """Of one trial: the part it trained on, and the one held out, which is empty where everything was trained on."""

    train: PartEvidence
    held_out: PartEvidence | None

    @classmethod
    def of(cls, run: TrainingRun, data: TrialData) -> Evidence | None:
        """Of a finished run on `data`; None if it did not sum up what it predicted from its first epoch on."""
        predicted = run.predictions
        if predicted is None:
            return None
        train = PartEvidence.of(data.train, predicted.train, run.method.algorithm.soft_targets())
        if data.validation is None or predicted.held_out is None:
            return cls(train, None)
        return cls(train, PartEvidence.of(data.validation, predicted.held_out))

    def encode(self) -> bytes:
        """As a file."""
        parts = {"train": self.train, "held_out": self.held_out}
        arrays = {f"{name}/{key}": value for name, part in parts.items() if part is not None
                  for key, value in vars(part).items()}
        file = io.BytesIO()
        np.savez(file, **arrays)
        return file.getvalue()

    @classmethod
    def decode(cls, content: bytes | bytearray) -> Evidence | None:
        """What `encode` wrote, None for anything else; executes nothing."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                train = _part("train", arrays)
                assert train is not None
                return cls(train, _part("held_out", arrays))
        except (OSError, ValueError, KeyError, AssertionError, EOFError, zipfile.BadZipFile):
            return None


def _part(name: str, arrays: Mapping[str, np.ndarray]) -> PartEvidence | None:
    if f"{name}/position" not in arrays:
        return None
    part = PartEvidence(*(arrays[f"{name}/{field.name}"] for field in fields(PartEvidence)))
    if any(len(value) != len(part.position) for key, value in vars(part).items() if key != "soft_targets"):
        raise ValueError(f"the arrays of part {name} differ in length")
    return part


class EvidenceStore:
    """Evidence in a sweep's folder, by the signature that a trial ended with."""

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
