"""Witnesses: confirmed trials with what they know of each training example."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sat_sweep.export.calibration import fitted_temperature
from sat_sweep.home import Home, Result
from sat_sweep.imports.lazy import torch
from sat_sweep.report.rows import Row
from sat_sweep.training.evidence import Evidence, EvidenceStore, PartEvidence


@dataclass(frozen=True)
class Witness:
    """A trial of `method` under `seed`, and its evidence.

    `count` examples are in the dataset, test examples, where it speaks of them, among them and last. Arrays over all
    of them have NaN where the trial knows nothing. After its last
    epoch it predicted another label than the given one for a share `disagreement` of held-out examples, and
    `test_error` of the test part.
    """

    method: str
    seed: int
    count: int
    evidence: Evidence = field(repr=False)
    disagreement: float | None = None
    test_error: float | None = None

    @property
    def parts(self) -> Iterator[PartEvidence]:
        """What it trained on and held out, and the test part if its labels may be wrong too."""
        yield from (part for part in vars(self.evidence).values() if part is not None)

    @property
    def unseen(self) -> list[PartEvidence]:
        """Those of its parts that it was not trained on."""
        return [part for part in (self.evidence.held_out, self.evidence.test) if part is not None]

    @cached_property
    def wrongness(self) -> np.ndarray:
        """(N,) in [0, 1]: the share of examples of the same part that fit their given label better.

        Margins of examples that were trained on are larger than those of others, so each part is ranked by itself.
        """
        return self._over_all(wrongness)

    @cached_property
    def objects(self) -> np.ndarray:
        """(N,) 1 where another class was above the given one on average, else 0."""
        return self._over_all(lambda part: np.where(np.isnan(part.margin), np.nan, part.margin < 0))

    @cached_property
    def probabilities(self) -> np.ndarray:
        """(N, C): the mean of predicted probabilities over the epochs."""
        return self._over_all(lambda part: part.probabilities)

    @cached_property
    def calibrated(self) -> np.ndarray:
        """(N, C): these at the temperature that suits the given labels of what was held out; as they are without.

        A network that has learned its labels by heart is sure of everything.
        """
        held_out = self.evidence.held_out
        return self.probabilities if held_out is None else sharpened(self.probabilities, 1 / _temperature(held_out))

    @cached_property
    def held_out_probabilities(self) -> np.ndarray:
        """(N, C): the same of what was held out alone."""
        everything, part = np.full_like(self.probabilities, np.nan), self.evidence.held_out
        if part is not None:
            everything[part.position] = part.probabilities
        return everything

    def _over_all(self, of: Callable[[PartEvidence], np.ndarray]) -> np.ndarray:
        values = [(part.position, of(part)) for part in self.parts]
        everything = np.full((self.count, *values[0][1].shape[1:]), np.nan)
        for position, value in values:
            everything[position] = value
        return everything


def wrongness(part: PartEvidence) -> np.ndarray:
    """(N,) in [0, 1], the mean of two percentiles: of the margin between logits, and of that between probabilities.

    Logits tell sure predictions apart, mean probabilities how long a label was believed. Either alone is beaten by the
    other on some noise (benchmarks/README.md); their mean is as good as the better one.
    """
    rows = np.arange(len(part.given))
    others = part.probabilities.copy()
    own = others[rows, part.given]
    others[rows, part.given] = -np.inf
    mean: np.ndarray = (percentiles(-part.margin) + percentiles(others.max(axis=1) - own)) / 2
    return mean


def sharpened(probabilities: np.ndarray, power: float) -> np.ndarray:
    """`probabilities` (N, C) to a `power`, adding up to one again: what another temperature makes of them."""
    logits = power * _logarithm(probabilities)
    raised: np.ndarray = np.exp(logits - logits.max(axis=1, keepdims=True))
    raised /= raised.sum(axis=1, keepdims=True)
    return raised


def _temperature(part: PartEvidence) -> float:
    logits, given = torch.from_numpy(_logarithm(part.probabilities)), torch.from_numpy(part.given).long()
    return fitted_temperature(logits, given, None)


def _logarithm(probabilities: np.ndarray) -> np.ndarray:
    logarithm: np.ndarray = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
    return logarithm


def percentiles(values: np.ndarray) -> np.ndarray:
    """The share of the other values below each of `values` (N,), in [0, 1]; ties share theirs, NaN stays NaN."""
    known = ~np.isnan(values)
    ordered = np.sort(values[known])
    below = np.searchsorted(ordered, values[known], "left") + np.searchsorted(ordered, values[known], "right") - 1
    shares = np.full(len(values), np.nan)
    shares[known] = below / 2 / max(1, len(ordered) - 1)
    return shares


def witnesses(home: Home, rows: Iterable[Row], count: int, classes: int) -> list[Witness]:
    """All confirmed trials of `rows` of a report whose evidence is in `home`.

    They speak of `count` examples, test ones included, in so many `classes`; what speaks of others is none.
    """
    store = EvidenceStore(home.evidence)
    heard = ((result, _evidence(store, result)) for row in rows for result in row.confirmations)
    return [Witness(result.method, result.seed, count, evidence, _error(result, "val/noisy_accuracy"),
                    _error(result, "test/accuracy"))
            for result, evidence in heard if evidence is not None and evidence.speaks_of(count, classes)]


def _evidence(store: EvidenceStore, result: Result) -> Evidence | None:
    return store.get(result.history[-1]["signature"]) if result.state == "complete" and result.history else None


def _error(result: Result, accuracy_name: str) -> float | None:
    accuracy = result.history[-1]["metrics"].get(accuracy_name)
    return None if accuracy is None else 1 - accuracy
