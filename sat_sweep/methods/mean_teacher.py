"""Mean teacher: the network also agrees with an average of what it has been.

Tarvainen & Valpola, "Mean teachers are better role models", NeurIPS 2017, arXiv 1703.01780.

    teacher <- decay * teacher + (1 - decay) * student         after every step; decay = min(1 - 1/(step + 1), decay)
    L = CE(student(x), y) + w(epoch) * mean (softmax student(x) - softmax teacher(x'))**2
    w = weight * exp(-5 (1 - epoch / ramp)**2), weight from epoch `ramp` on

x and x' are two augmented views. Where only some examples have labels (`dataset.labelled`), consistency is asked of
`ratio` times as many others beside those of the batch, and its mean is over both. As in the official code the teacher's
running statistics are its own, gathered on the views that it sees, and the squared differences are averaged over
classes. The teacher is what evaluation sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.averages import average_into, growing_decay
from sat_sweep.methods.base import Algorithm, Need, register
from sat_sweep.methods.parameters import OfEpochs, Parameters, Range, hyperparameter
from sat_sweep.methods.ramps import ramp_up
from sat_sweep.methods.tools import Batch, Record, Run, Tools, Update
from sat_sweep.methods.unlabelled import unlabelled_batch


def consistency_loss(student: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """Mean squared difference of the probabilities behind the logits (B, C) of `student` and `teacher`, a scalar."""
    return (student.softmax(dim=1) - teacher.softmax(dim=1)).square().mean()


class MeanTeacherParameters(Parameters):
    """The official code ramps up over 80 of 300 epochs; 0.999 suits runs of many thousand steps."""

    decay: float = hyperparameter(0.99, ge=0, lt=1, search=Range(0.9, 0.999),
                                  meaning="how much of the teacher is kept at each step")
    weight: float = hyperparameter(10.0, ge=0, search=Range(1.0, 100.0, log=True),
                                   meaning="weight of agreeing with the teacher")
    ramp: int = hyperparameter(OfEpochs(0.25), ge=0, meaning="epochs until agreeing has its full weight")
    ratio: int = hyperparameter(1, ge=1, later=True,
                                meaning="unlabelled examples for each labelled one in a step, where there are any")


@register
class MeanTeacher(Algorithm):
    """Cross-entropy with consistency between a student and its average.

    Made for few labels (`dataset.labelled`) rather than wrong ones: the label pulls as it does in cross-entropy. Helps
    where images have augmented views; decay must fit the number of steps.
    """

    name = "mean_teacher"
    paper = "Tarvainen & Valpola 2017, arXiv 1703.01780"
    Parameters: ClassVar[type[Parameters]] = MeanTeacherParameters
    needs = frozenset({Need.SECOND_NETWORK})
    counts_steps = True

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """All of it, from the first step on."""
        acting: dict[str, Any] = self.parameters.model_dump()
        return acting

    def follows(self, network: str) -> str | None:
        """The teacher is an average of the student."""
        return "main" if network == "teacher" else None

    def begin_epoch(self, run: Run) -> None:
        """The teacher starts as a copy of the student."""
        self._steps = (run.epoch - 1) * self.setting.steps_per_epoch
        if run.epoch == 1:
            run.network("teacher").module.load_state_dict(run.network().module.state_dict())

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """A step of the student, then one of the teacher towards it."""
        student, teacher = tools.network(), tools.network("teacher")
        inputs, others = self._views(tools, batch)
        every = tools.forward(student, inputs)
        with torch.no_grad():
            expected = tools.forward(teacher, others)
        weight = self.parameters.weight * ramp_up(epoch, self.parameters.ramp) * tools.settings.unlabelled_weight
        logits = every[:len(batch.labels)]
        loss = torch.nn.functional.cross_entropy(logits, batch.labels) + weight * consistency_loss(every, expected)
        tools.descend(student, loss)
        self._steps += 1
        average_into(teacher.module, student.module, growing_decay(self._steps, self.parameters.decay))
        return Update(logits.detach(), loss.detach())

    def _views(self, tools: Tools, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Two views of the batch, and behind it of unlabelled examples if there are any."""
        views = batch.inputs, tools.views(batch)
        if tools.unlabelled is None:
            return views
        others = unlabelled_batch(tools, self.name, batch, self.parameters.ratio)
        first, second = (torch.cat([view, tools.views(others)]) for view in views)
        return first, second

    def predict(self, tools: Tools, inputs: torch.Tensor) -> torch.Tensor:
        """The teacher's logits."""
        return tools.forward(tools.network("teacher"), inputs)
