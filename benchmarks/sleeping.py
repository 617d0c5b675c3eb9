"""A plug-in for sweeps of which only the time counts: training waits, and computes next to nothing.

    plugins: [benchmarks/sleeping.py]
    methods: [sleep]
"""

from __future__ import annotations

import time

from sat_sweep import Objective, Parameters, Range, hyperparameter, register_method


class SleepParameters(Parameters):
    """How long an epoch of one step takes, and a number that tells trials apart."""

    seconds: float = hyperparameter(0.1, gt=0, search=Range(0.1, 1.0), meaning="what an epoch takes")
    tag: float = hyperparameter(0.5, ge=0, le=1, search=Range(0.0, 1.0), meaning="nothing")


@register_method
class Sleep(Objective):
    """Cross-entropy, after a while."""

    name = "sleep"
    paper = "none"
    Parameters = SleepParameters

    def influence(self, epoch, history):
        """From the first step on, so that trials have nothing in common."""
        return {"tag": self.parameters.tag}

    def loss(self, logits, batch, epoch):
        """The mean on logits (B, C), once it is time: a trial is as long as its epochs, whatever evaluation takes."""
        now, seconds = time.monotonic(), self.parameters.seconds
        self.began = getattr(self, "began", now - (epoch - 1) * seconds)
        time.sleep(max(0.0, self.began + epoch * seconds - now))
        return -logits.log_softmax(dim=1).gather(1, batch.labels[:, None]).mean()
