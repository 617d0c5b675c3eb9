"""What is written beside every result so that it can be judged later: realised noise, versions."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

import numpy as np

import sat_sweep
from sat_sweep.imports.lazy import torch

if TYPE_CHECKING:
    from sat_sweep.training.loop import Trial


def versions() -> dict[str, str]:
    """Versions of what decides a trial's numbers."""
    return {"sat_sweep": sat_sweep.__version__, "python": platform.python_version(),
            "torch": torch.__version__, "numpy": np.__version__, "machine": platform.machine()}


def facts(trial: Trial) -> dict[str, Any]:
    """What the noise came to, and versions.

    `error_rate` and `transition` matrix are None where true labels are unknown; `corrupted_inputs` is the share of
    training images that the noise has replaced or scrambled.
    """
    data = trial.data
    return {"error_rate": data.error_rate, "transition": data.transition, "corrupted_inputs": data.corrupted_inputs,
            "versions": versions()}
