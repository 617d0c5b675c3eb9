"""Stochastic resetting: once the network has stopped improving, it is now and then put back to its best checkpoint.

Bae, Song & Jeong, "Stochastic resetting mitigates latent gradient bias of SGD from label noise",
Machine Learning: Science and Technology 6 (2025), arXiv 2406.00396.

    after every optimiser step, once armed: with probability `rate`, weights and buffers <- checkpoint
    after every epoch: armed when `patience` epochs have passed without a better noisy validation accuracy

Decided otherwise than in the official code, and why:

- It selects checkpoints by noisy validation loss. Here it is noisy validation accuracy, which keeps the order of
  classifiers under noise where the loss does not.
- For CIFAR-10, CIFAR-100 and ciFAIR it validates on the images of the test set (for CIFAR-N and ANIMAL-10N on a tenth
  of the training set). Here it is always images held out from training.
- It counts patience in iterations between frequent validations, and with its default arms at once. Here validation
  and patience are per epoch.
- A restored scheduler makes its learning rate jump. Here the rate follows the closed-form schedule of the epoch.
- It keeps optimiser states by reference in current PyTorch. Here a checkpoint is a copy, also when it is put back.
- Resets are drawn from a stream of their own, so that rate 0 is plain training to the bit. The paper's finding
  that resetting late layers is what helps is not in its code; `layers` offers it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Dynamics, Method, register
from sat_sweep.methods.layers import chosen_layers
from sat_sweep.methods.parameters import OfEpochs, OfSteps, Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Record, Run
from sat_sweep.seeds import derive


@lru_cache(maxsize=4096)
def reset_steps(rate: float, steps: int, seed: int, epoch: int) -> tuple[int, ...]:
    """The steps (from 0) of `epoch` after which a reset falls, each with probability `rate`.

    The uniform draws do not depend on `rate`: a higher rate resets at the same steps and at further ones.
    """
    draws = np.random.default_rng(derive(seed, "reset", epoch)).random(steps)
    return tuple(int(step) for step in np.flatnonzero(draws < rate))


def armed_after(values: Sequence[float], patience: int, epochs: Sequence[int] | None = None) -> int | None:
    """The epoch (from 1) after which resets are armed, None while the best is still younger than `patience` epochs.

    `values` are the run's, the greater the better, epoch by epoch unless `epochs` says after which they were measured.
    """
    best, since = -math.inf, 0
    for epoch, value in zip(range(1, len(values) + 1) if epochs is None else epochs, values, strict=True):
        best, since = (value, epoch) if value > best else (best, since)
        if epoch - since >= patience:
            return epoch
    return None


class ResetParameters(Parameters):
    """`rate` follows the steps of an epoch; 0.2 per epoch is the authors' example.

    That is 0.001 per iteration at batch size 256 and 50,000 images, a reset every five epochs.
    """

    rate: float = hyperparameter(OfSteps(0.2), ge=0, le=1, search=Range(OfSteps(0.02), OfSteps(2.0), log=True),
                                 meaning="probability of a reset after each optimiser step, once armed")
    patience: int = hyperparameter(OfEpochs(0.1), ge=1, meaning="epochs without a new best before resets are armed")
    refresh: bool = hyperparameter(True, meaning="go back to the best so far, not to what was best when armed")
    restore_optimizer: bool = hyperparameter(True, meaning="put the optimiser's state back too")
    layers: str = hyperparameter("", meaning="what is put back: names of modules, separated by commas; empty for all")


@register
class Reset(Dynamics):
    """Its checkpoint is the run's own best-so-far; only a checkpoint that is never refreshed needs memory.

    Helps the more the noisier labels and the larger batches are; with clean labels it does not help. Needs validation
    images, which may be as noisy as the rest.
    """

    name = "reset"
    paper = "Bae et al. 2025, arXiv 2406.00396"
    Parameters: ClassVar[type[Parameters]] = ResetParameters
    needs_validation = True
    counts_steps = True

    @classmethod
    def clash(cls, other: type[Method]) -> str | None:
        """What was best before a new start would be what is gone back to after it."""
        undone = f"what '{other.name}' starts anew, '{cls.name}' would put back to what it was before"
        return undone if other.starts_anew else None

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """The very steps at which this epoch resets: armed trials without a reset in it are still the base."""
        if not self._armed(history):
            return {}
        steps = self._steps(epoch)
        if self.parameters.refresh and not steps:
            return {}
        chosen = self.parameters.model_dump(include={"refresh", "restore_optimizer", "layers"})
        return {"steps": list(steps), **chosen}

    def begin_epoch(self, run: Run) -> None:
        """Know this epoch's resets; keep the checkpoint that resets were armed with if it is to stay."""
        self._layers = chosen_layers(self.parameters.layers, run.network().module)
        armed = self._armed(run.history)
        self._due = frozenset(self._steps(run.epoch) if armed else ())
        if armed and not self.parameters.refresh and not self.memory:
            self.memory = {key: value.clone() for key, value in run.best.items()}

    def after_step(self, run: Run, step: int) -> None:
        """Put the network back if a reset falls on this step."""
        if step in self._due:
            run.restore(self._checkpoint(run), self._layers, self.parameters.restore_optimizer)

    def _checkpoint(self, run: Run) -> dict[str, torch.Tensor]:
        return run.best if self.parameters.refresh else self.memory

    def _steps(self, epoch: int) -> tuple[int, ...]:
        return reset_steps(self.parameters.rate, self.setting.steps_per_epoch, self.setting.seed, epoch)

    def _armed(self, history: Sequence[Record]) -> bool:
        measure = self.setting.selection.measure
        judged = [record for record in history if measure.name in record.metrics]
        values = [measure.sign * record.metrics[measure.name] for record in judged]
        return armed_after(values, self.parameters.patience, [record.epoch for record in judged]) is not None
