"""What methods share that correct a loss by the transition matrix T, T_ij = P(given label = j | true label = i).

Patrini et al., "Making Deep Neural Networks Robust to Label Noise: a Loss Correction Approach", CVPR 2017,
arXiv 1609.03683. T is estimated as in section 4.3 there: a network is trained with cross-entropy; for each class i an
example at which that class is most probable stands for all that truly are i; what the network says of it is row i. Then
training begins anew, with the corrected loss.

The network is taken with its weights of the best noisy validation accuracy; where nothing is validated, of now.
Decided otherwise than in the paper, and why: both trainings share the epochs of one trial, and the learning rate goes
on as scheduled, since every method here has the same budget.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator

from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Need, Objective
from sat_sweep.methods.parameters import OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Batch, Record, Run


def estimate_transition(probabilities: torch.Tensor, percentile: float = 97.0) -> torch.Tensor:
    """The matrix (C, C) that `probabilities` (N, C) of a network trained on noisy labels tell.

    Row i is the prediction at the example whose probability of class i is at this `percentile` in (0, 100] of all of
    them; at 100 it is the most probable. A little less spares outliers.
    """
    place = -int(-percentile * (len(probabilities) - 1) // 100)
    return probabilities[probabilities.argsort(dim=0)[place]]


def matrix_of(text: str) -> list[list[float]]:
    """The matrix that `text` writes as rows separated by semicolons; raises ValueError if rows do not sum to 1."""
    rows = [[float(entry) for entry in row.split()] for row in text.split(";")]
    if any(len(row) != len(rows) for row in rows):
        raise ValueError("as many entries in each row as there are rows")
    if any(abs(sum(row) - 1) > 1e-6 or min(row) < 0 for row in rows):
        raise ValueError("rows are probabilities, which sum to 1")
    return rows


def _known(text: str) -> str:
    if text not in ("estimated", "told"):
        matrix_of(text)
    return text


class TransitionParameters(Parameters):
    """The percentile is the paper's for CIFAR-10; for CIFAR-100 it takes 100."""

    transition: Annotated[str, AfterValidator(_known)] = hyperparameter(
        "estimated", meaning="estimated, told (the true one), or rows of probabilities such as '0.8 0.2; 0.1 0.9'")
    start_epoch: int = hyperparameter(OfEpochs(0.3), ge=1, search=Range(OfEpochs(0.1), OfEpochs(0.5)),
                                      meaning="epochs of plain cross-entropy from which the matrix is estimated")
    percentile: float = hyperparameter(97.0, gt=0, le=100, meaning="which example of a class its row is read from")
    restart: bool = hyperparameter(True, meaning="begin anew once the matrix is estimated, as in the paper")


class TransitionLoss(Objective):
    """Cross-entropy until the matrix is known, after that a loss corrected by it."""

    Parameters: ClassVar[type[Parameters]] = TransitionParameters
    starts_anew = True

    @classmethod
    def needs_given(cls, parameters: Mapping[str, Any]) -> frozenset[Need]:
        """Told the truth if the file says so."""
        return frozenset({Need.TRANSITION}) if parameters.get("transition") == "told" else cls.needs

    @classmethod
    def idle(cls, parameters: Mapping[str, Any]) -> frozenset[str]:
        """What is about estimating, if the matrix is known."""
        known = parameters.get("transition", "estimated") != "estimated"
        return frozenset({"start_epoch", "percentile", "restart"}) if known else frozenset()

    @classmethod
    def misfit(cls, parameters: Mapping[str, Any], classes: int) -> str | None:
        """A matrix that is given must have a row for every class."""
        chosen = parameters.get("transition", "estimated")
        rows = classes if chosen in ("estimated", "told") else len(matrix_of(chosen))
        return None if rows == classes else f"{cls.name}.transition has {rows} rows for {classes} classes"

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """The matrix if it is given, else how it is estimated, once it is."""
        given = self.parameters
        if given.transition != "estimated":
            return {"transition": given.transition}
        return {"percentile": given.percentile, "restart": given.restart} if epoch > given.start_epoch else {}

    def begin_epoch(self, run: Run) -> None:
        """Learn the matrix, in the first epoch that acts."""
        if self.influence(run.epoch, run.history) and "transition" not in self.memory:
            self.memory["transition"] = self._matrix(run)
            if self.parameters.transition == "estimated" and self.parameters.restart:
                run.reinitialise()

    def loss(self, logits: torch.Tensor, batch: Batch, epoch: int) -> torch.Tensor:
        """The corrected loss of the given labels, or cross-entropy."""
        if "transition" not in self.memory:
            return torch.nn.functional.cross_entropy(logits, batch.labels)
        return self.corrected(logits, batch.labels, self.memory["transition"])

    @abstractmethod
    def corrected(self, logits: torch.Tensor, labels: torch.Tensor, transition: torch.Tensor) -> torch.Tensor:
        """The scalar loss for `logits` (B, C), `labels` (B,) and the `transition` matrix (C, C)."""

    def _matrix(self, run: Run) -> torch.Tensor:
        chosen = self.parameters.transition
        if chosen == "estimated":
            logits = run.training_logits(weights=run.best or None)
            return estimate_transition(logits.softmax(dim=1), self.parameters.percentile)
        matrix = run.transition if chosen == "told" else torch.tensor(matrix_of(chosen))
        if matrix is None:
            raise UserError(f"{self.name}.transition: the true matrix is unknown where labels are as given")
        if unfit := self.misfit(self.parameters.model_dump(), self.setting.classes):
            raise UserError(unfit)
        return matrix.to(run.labels.device)
