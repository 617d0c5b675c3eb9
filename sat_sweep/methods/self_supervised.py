"""Learning what images look like without their labels: views, projections, and a linear classifier that looks on.

    features -> projector -> predictor
        `-> classifier (no gradient into the features)

What a method of this kind makes its features of are views alone. Its logits come from a linear classifier that is
trained beside it on the given labels and that the features know nothing of, so that everything that asks a network for
classes finds them: the linear evaluation on the fly of the literature.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, NamedTuple

from sat_sweep.data.augmentations import AnyAugmentation
from sat_sweep.imports.lazy import torch
from sat_sweep.methods.averages import average_into
from sat_sweep.methods.base import Algorithm, Need
from sat_sweep.methods.parameters import Parameters, hyperparameter
from sat_sweep.methods.tools import Batch, Network, Record, Run, Tools, Update

VIEWS = "resized_crop+flip+color_jitter+grayscale"
"""Of SimCLR for CIFAR-10 (arXiv 2002.05709, appendix B.9)."""

MOMENTUM_ENCODER = "momentum encoder"


class SelfSupervisedParameters(Parameters):
    """Sizes that suit small networks; papers have 2,048 to 4,096 hidden units and 128 to 256 numbers."""

    views: AnyAugmentation = hyperparameter(VIEWS, meaning="what makes a view of an image, as training.augmentation")
    projection: int = hyperparameter(128, ge=1, meaning="numbers in a projection")
    hidden: int = hyperparameter(512, ge=1, meaning="hidden units of projector and predictor")


class Outputs(NamedTuple):
    """What a network with a projection head says of B inputs: logits (B, C), projections and predictions (B, P) each.

    Without a predictor a prediction is the projection.
    """

    logits: torch.Tensor
    projection: torch.Tensor
    prediction: torch.Tensor


def alignment_loss(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """||p/||p|| - t/||t||||^2 = 2 - 2 cos(p, t), a mean over B `prediction`s p and `target`s t, both (B, P).

    In [0, 4]; no gradient goes into `target`. Equation 2 of BYOL.
    """
    return (2 - 2 * torch.nn.functional.cosine_similarity(prediction, target.detach(), dim=1)).mean()


class SelfSupervised(Algorithm):
    """An algorithm whose features see no label."""

    Parameters: ClassVar[type[Parameters]] = SelfSupervisedParameters
    needs_images = True
    predicts: ClassVar[bool] = True
    """Whether it has a predictor."""

    def outputs(self, classes: int) -> int:
        """Logits, projection and prediction."""
        return classes + (2 if self.predicts else 1) * int(self.parameters.projection)

    def head(self, classes: int) -> Callable[[int], torch.nn.Module]:
        """Classifier, projector and predictor."""
        from sat_sweep.methods._projection_head import ProjectionHead

        given = self.parameters
        return partial(ProjectionHead, classes=classes, projection=given.projection, hidden=given.hidden,
                       predicts=self.predicts)

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """All of it, from the first step on."""
        acting: dict[str, Any] = self.parameters.model_dump()
        return acting

    def see(self, tools: Tools, network: Network, views: torch.Tensor) -> Outputs:
        """The outputs of `network` for `views` (B, …), in one pass."""
        logits, projection, *prediction = tools.forward(network, views).split(
            [self.setting.classes, *[self.parameters.projection] * (2 if self.predicts else 1)], dim=1)
        return Outputs(logits, projection, prediction[0] if prediction else projection)

    def views(self, tools: Tools, batch: Batch, count: int) -> torch.Tensor:
        """`count` views of each image of `batch`, all first ones first, (count B, …)."""
        return torch.cat([tools.views(batch, self.parameters.views) for _ in range(count)])

    def descend(self, tools: Tools, batch: Batch, logits: torch.Tensor, loss: torch.Tensor) -> Update:
        """A step down `loss`, and of the classifier with its `logits` for one view or more of each image.

        What is told is the loss without the classifier's.
        """
        labels = batch.labels.repeat(len(logits) // len(batch.labels))
        tools.descend(tools.network(), loss + torch.nn.functional.cross_entropy(logits, labels))
        return Update(logits[:len(batch.labels)].detach(), loss.detach())


class ByMomentumEncoder(SelfSupervised):
    """One whose targets come from a momentum encoder, a moving average of the network.

    Running statistics of the average are its own, gathered on the views that it sees.
    """

    needs = frozenset({Need.SECOND_NETWORK})
    counts_steps = True

    def follows(self, network: str) -> str | None:
        """The momentum encoder follows the network."""
        return "main" if network == MOMENTUM_ENCODER else None

    def begin_epoch(self, run: Run) -> None:
        """The momentum encoder starts as a copy."""
        self._steps = (run.epoch - 1) * self.setting.steps_per_epoch
        if run.epoch == 1:
            run.network(MOMENTUM_ENCODER).module.load_state_dict(run.network().module.state_dict())

    def project(self, tools: Tools, views: torch.Tensor) -> torch.Tensor:
        """Projections (B, P) of `views` (B, …) by the momentum encoder, without gradients."""
        with torch.no_grad():
            return self.see(tools, tools.network(MOMENTUM_ENCODER), views).projection

    def follow(self, tools: Tools) -> None:
        """Move the momentum encoder towards the network, which has made a step."""
        self._steps += 1
        average_into(tools.network(MOMENTUM_ENCODER).module, tools.network().module, self.decay(self._steps))

    @abstractmethod
    def decay(self, step: int) -> float:
        """How much of the momentum encoder stays at `step` of the training, from 1."""
