"""AutoAttack: which images hold out against a set of attacks that have no settings to tune.

Croce & Hein, "Reliable Evaluation of Adversarial Robustness with an Ensemble of Diverse Parameter-free Attacks",
ICML 2020, arXiv 2003.01690, in its authors' package `pyautoattack`: APGD on the cross-entropy, targeted APGD on the
DLR loss, targeted FAB and Square, each on what is left by those before.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.tasks.base import Evaluation, of_classes

AT_ONCE = 500
"""Images in a batch."""


def survives(inputs: torch.Tensor, labels: torch.Tensor, evaluation: Evaluation, epsilon: float) -> torch.Tensor:
    """Which of `inputs` (N, C, H, W), normalised, are recognised as their `labels` (N,) whatever is tried, (N,) bool.

    `epsilon` is how far a pixel may be moved, of 0 to 1. No stream of random numbers moves but the evaluation's own.
    Raises UserError without the package.
    """
    if find_spec("pyautoattack") is None:
        raise UserError("AutoAttack needs the package pyautoattack: install sat-sweep[adversarial]")
    low, high = (bound.view(1, -1, 1, 1) for bound in (evaluation.low, evaluation.high))

    def predict(pixels: torch.Tensor) -> torch.Tensor:
        return of_classes(evaluation.predict(low + pixels * (high - low)), evaluation.classes)

    seed = int(torch.randint(2**31, (), generator=evaluation.generator))
    pixels, tracer = ((inputs - low) / (high - low)).clamp(0, 1), sys.gettrace()
    try:
        with torch.random.fork_rng(devices=[inputs.device] if inputs.device.type == "cuda" else []):
            attack = _attack(predict, evaluation.classes, epsilon, inputs.device, seed)
            _, predicted = attack.run_standard_evaluation(pixels, labels, batch_size=AT_ONCE)
    finally:
        sys.settrace(tracer)  # which the package takes off
    survivors: torch.Tensor = predicted == labels
    return survivors


def _attack(predict: Any, classes: int, epsilon: float, device: torch.device, seed: int) -> Any:
    """The standard set; without the DLR loss, which has no target there, for fewer than four `classes`."""
    from pyautoattack import AutoAttack

    attack = AutoAttack(predict, norm="Linf", eps=epsilon, device=device, seed=seed)
    for targeted in (attack.apgd_targeted, attack.fab):
        targeted.n_target_classes = min(targeted.n_target_classes, classes - 1)
    if classes < 4:
        attack.attacks_to_run = [name for name in attack.attacks_to_run if name != "apgd-t"]
    return attack
