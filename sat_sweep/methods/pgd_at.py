"""Adversarial training: every step is on images that an attack has just changed.

Madry, Makelov, Schmidt, Tsipras & Vladu, "Towards Deep Learning Models Resistant to Adversarial Attacks", ICLR 2018,
arXiv 1706.06083, equation 2.1, the inner maximum by projected gradient ascent from a random start:

    L = mean_i max_{|d| <= epsilon} CE(f(x_i + d), y_i)

Rice, Wong & Kolter, "Overfitting in Adversarially Robust Deep Learning", ICML 2020, arXiv 2002.11569: its robust test
accuracy falls long before training ends, and early stopping is worth more than what was proposed since.
"""

from __future__ import annotations

from typing import ClassVar

from sat_sweep.methods.adversarial_steps import AttackParameters, OnAttacked
from sat_sweep.methods.base import register
from sat_sweep.methods.parameters import Parameters


@register
class PgdAt(OnAttacked):
    """Adversarial training with projected gradient descent.

    For networks that must hold out against changed images; costs `steps` + 1 times the step, and accuracy on
    unchanged ones. Training accuracy and predictions of training images are of the changed ones.
    """

    name = "pgd_at"
    paper = "Madry et al. 2018, arXiv 1706.06083"
    Parameters: ClassVar[type[Parameters]] = AttackParameters

    @property
    def path(self) -> tuple[float, int]:
        """As it is set."""
        return self.parameters.step_size, self.parameters.steps
