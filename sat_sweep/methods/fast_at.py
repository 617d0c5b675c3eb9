"""Fast adversarial training: an attack of one step, from a random start.

Wong, Rice & Kolter, "Fast is better than free: Revisiting adversarial training", ICLR 2020, arXiv 2001.03994,
algorithm 3. With d drawn uniformly within epsilon,

    d <- clip(d + step * epsilon * sign(gradient of CE(f(x + d), y)), epsilon)
    L = CE(f(x + d), y)

The paper starts anywhere within epsilon, the code puts the start between black and white first, as is done here.
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.methods.adversarial_steps import OnAttacked
from sat_sweep.methods.base import register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter


class FastAtParameters(Parameters):
    """The step is 1.25 epsilon in the paper; with a longer one training breaks down more easily."""

    epsilon: float = hyperparameter(8 / 255, ge=0, lt=1, search=Range(4 / 255, 16 / 255, log=True),
                                    meaning="how far the attack that is trained on may move a pixel, of 0 to 1")
    step: float = hyperparameter(1.25, gt=0, le=2, search=Range(0.5, 1.5),
                                 meaning="how far its only step goes, in epsilon")


@register
class FastAt(OnAttacked):
    """Adversarial training at twice the cost of plain training.

    Nearly as robust as `pgd_at` where it does not break down: all at once a network may hold out against nothing but
    attacks of one step (catastrophic overfitting). The paper stops there; so does `fast_at+early_stopping`. Training
    accuracy and predictions of training images are of the changed ones.
    """

    name = "fast_at"
    paper = "Wong et al. 2020, arXiv 2001.03994"
    Parameters: ClassVar[type[Parameters]] = FastAtParameters

    @property
    def path(self) -> tuple[float, int]:
        """A single step, which may be longer than epsilon."""
        return self.parameters.step * self.parameters.epsilon, 1
