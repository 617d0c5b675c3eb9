"""SelectiveNet: a network with a second head that learns what not to answer, for one coverage.

Geifman & El-Yaniv, "SelectiveNet: A Deep Neural Network with an Integrated Reject Option", ICML 2019, arXiv 1901.09192,
equations 2 to 6. With f the class probabilities, g in (0, 1) how much an example is answered, h a further prediction
that keeps the features from fitting none but the examples which are answered, and l the cross-entropy:

    phi = mean_i g_i;   r = mean_i l(f_i, y_i) g_i / phi
    L = alpha ( r + lam max(0, coverage - phi)^2 ) + (1 - alpha) mean_i l(h_i, y_i)

Heads are linear on the network's features here, where the paper has g on a layer of its own. The paper trains a network
for each coverage: here the coverage is a hyperparameter, found within the same number of trials that others have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Objective, register
from sat_sweep.methods.parameters import Choices, Parameters, hyperparameter
from sat_sweep.methods.tools import Batch, Record, Tools


def selectivenet_loss(logits: torch.Tensor, labels: torch.Tensor, coverage: float = 0.8, lam: float = 32.0,
                      alpha: float = 0.5) -> torch.Tensor:
    """The loss above for `logits` (B, 2 C + 1), which are those of f, of g and of h, and `labels` (B,); a scalar.

    `coverage` in (0, 1], `lam` >= 0 and `alpha` in [0, 1] as there.
    """
    classes = logits.shape[1] // 2
    answered = logits[:, classes].sigmoid()
    share = answered.mean()
    losses = torch.nn.functional.cross_entropy(logits[:, :classes], labels, reduction="none")
    risk = (losses * answered).mean() / share.clamp(min=1e-6)
    selective = risk + lam * (coverage - share).clamp(min=0) ** 2
    return alpha * selective + (1 - alpha) * torch.nn.functional.cross_entropy(logits[:, classes + 1:], labels)


def with_abstention(logits: torch.Tensor) -> torch.Tensor:
    """Logits (B, C + 1) whose softmax is g f and, in the last place, 1 - g, of `logits` (B, 2 C + 1)."""
    classes = logits.shape[1] // 2
    selection = logits[:, classes:classes + 1]
    answered, withheld = torch.nn.functional.logsigmoid(selection), torch.nn.functional.logsigmoid(-selection)
    return torch.cat([logits[:, :classes].log_softmax(dim=1) + answered, withheld], dim=1)


class SelectiveNetParameters(Parameters):
    """As in the paper."""

    coverage: float = hyperparameter(0.8, gt=0, le=1, search=Choices((0.7, 0.8, 0.9)),
                                     meaning="the share of examples that it is trained to answer")
    lam: float = hyperparameter(32.0, ge=0, meaning="how much too little coverage counts")
    alpha: float = hyperparameter(0.5, ge=0, le=1, meaning="share of the selective loss; the rest is that of h")


@register
class SelectiveNet(Objective):
    """An integrated reject option.

    For answers that may be withheld, at a coverage that is known. Its own selection is `task: {score: abstain}`; by the
    default score it is judged by its greatest probability, which tells better (Feng et al., ICLR 2023).
    """

    name = "selectivenet"
    paper = "Geifman & El-Yaniv 2019, arXiv 1901.09192"
    Parameters: ClassVar[type[Parameters]] = SelectiveNetParameters

    def outputs(self, classes: int) -> int:
        """f, g and h."""
        return 2 * classes + 1

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """All hyperparameters, from the first step on."""
        return dict(self.parameters.model_dump())

    def loss(self, logits: torch.Tensor, batch: Batch, epoch: int) -> torch.Tensor:
        """`selectivenet_loss` on the given labels."""
        return selectivenet_loss(logits, batch.labels, **self.parameters.model_dump())

    def predict(self, tools: Tools, inputs: torch.Tensor) -> torch.Tensor:
        """Logits (B, C + 1), the last of which abstains where g would not answer."""
        return with_abstention(super().predict(tools, inputs))
