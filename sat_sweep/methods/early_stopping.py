"""Early stopping: training ends when it does not get better any more, and the best weights are the result.

With validation images, by noisy validation accuracy: Prechelt, "Early Stopping - But When?", 1998; as a defence against
label noise Li, Soltanolkotabi & Oymak, AISTATS 2020, arXiv 1903.11680. Without, by prediction changes (Label Wave):
Yuan, Feng & Liu, "Early Stopping Against Label Noise Without Validation Data", ICLR 2024, arXiv 2502.07551:

    changes(e) = share of the training examples whose predicted class is another than an epoch before
    the wave(e) = mean of the latest `window` of them; its first minimum is the best epoch

Training ends once `patience` epochs have passed without a better one. Later epochs are not trained; their records
repeat that of the best epoch, so that curves go on and every method has the same number of epochs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Dynamics, Method, register
from sat_sweep.methods.parameters import OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Record, Run
from sat_sweep.tasks.base import of_classes

CHANGES = "early_stopping/changes"
"""The metric; none in the first epoch."""
NOT_BESIDE = {
    "cyclical_lr": "accuracy falls whenever 'cyclical_lr' raises the rate, and 'early_stopping' would end the training",
    "trusted_finetune": "'early_stopping' would end the training before 'trusted_finetune' has used what it is told"}
"""Why not beside these."""
PREDICTED, KEPT = "predicted", "best/"
"""In its memory: the predicted classes (N,), and before the names of what was copied of the best epoch."""


def wave(changes: Sequence[float], window: int) -> list[float]:
    """The mean of up to `window` of the latest `changes` at each place."""
    parts = [changes[max(0, end - window): end] for end in range(1, len(changes) + 1)]
    return [sum(part) / len(part) for part in parts]


def stopped_at(values: Sequence[float], patience: int, epochs: Sequence[int] | None = None) -> int | None:
    """The place of the best of `values`, the less the better, once `patience` more are not better; None before that.

    `epochs` says after which each was measured, where some were not judged: then `patience` counts these. What comes
    after that is not looked at.
    """
    epochs, best = range(len(values)) if epochs is None else epochs, 0
    for place, value in enumerate(values):
        if value < values[best]:
            best = place
        if epochs[place] - epochs[best] >= patience:
            return best
    return None


class EarlyStoppingParameters(Parameters):
    """The window is that of Label Wave."""

    patience: int = hyperparameter(OfEpochs(0.15), ge=1, search=Range(OfEpochs(0.05), OfEpochs(0.3)),
                                   meaning="epochs without a better one before training ends")
    window: int = hyperparameter(3, ge=1, meaning="epochs over which prediction changes are averaged")


@register
class EarlyStopping(Dynamics):
    """Networks learn what is easy before they memorise: this is where to stop.

    Choosing the epoch by noisy validation accuracy was worth 7 to 23 points for cross-entropy under uniform noise on
    CIFAR-10 (Chen et al. 2021). Helps nothing that does not memorise.
    """

    name = "early_stopping"
    paper = "Prechelt 1998; Yuan et al. 2024, arXiv 2502.07551"
    Parameters: ClassVar[type[Parameters]] = EarlyStoppingParameters

    @classmethod
    def clash(cls, other: type[Method]) -> str | None:
        """Whatever is meant to be worse for a while, or to come late, would not be waited for."""
        worse = f"whenever '{other.name}' starts anew it is worse for a while, and '{cls.name}' would end the training"
        return worse if other.starts_anew else NOT_BESIDE.get(other.name)

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """The epoch that is gone back to, once training has ended; that predictions are compared, if they are."""
        best = self._best(history)
        compared = {} if self.setting.validated else {"window": self.parameters.window}
        return compared if best is None else {"best": best.epoch}

    def begin_epoch(self, run: Run) -> None:
        """Go back to the best epoch and stay there, if training has ended; else keep what may turn out to be it."""
        best = self._best(run.history)
        if best is not None:
            run.restore(run.best if self.setting.validated else self._kept, "", with_optimizer=True)
            run.repeat(best)
        elif not self.setting.validated and self._last_is_best(run.history):
            kept = {f"{KEPT}{key}": value for key, value in run.snapshot().items()}
            self.memory = {PREDICTED: self.memory[PREDICTED], **kept}

    def end_epoch(self, run: Run) -> Mapping[str, torch.Tensor]:
        """The share of predictions that have changed, where there is no validation."""
        if self.setting.validated:
            return {}
        before, now = self.memory.get(PREDICTED), of_classes(run.training_logits(), self.setting.classes).argmax(dim=1)
        self.memory[PREDICTED] = now
        return {} if before is None else {"changes": (now != before).float().mean()}

    def _best(self, history: Sequence[Record]) -> Record | None:
        """The best epoch, if training has ended."""
        judged, values = self._judged(history)
        best = stopped_at(values, self.parameters.patience, [record.epoch for record in judged])
        return judged[best] if best is not None else None

    def _judged(self, history: Sequence[Record]) -> tuple[list[Record], list[float]]:
        """The epochs that can be judged, and the judgement of each, the less the better."""
        if self.setting.validated:
            measure = self.setting.selection.measure
            judged = [record for record in history if measure.name in record.metrics]
            return judged, [-measure.sign * record.metrics[measure.name] for record in judged]
        judged = [record for record in history if CHANGES in record.metrics]
        return judged, wave([record.metrics[CHANGES] for record in judged], self.parameters.window)

    def _last_is_best(self, history: Sequence[Record]) -> bool:
        _, values = self._judged(history)
        return bool(values) and min(values[:-1], default=math.inf) > values[-1]

    @property
    def _kept(self) -> dict[str, torch.Tensor]:
        return {key.removeprefix(KEPT): value for key, value in self.memory.items() if key.startswith(KEPT)}
