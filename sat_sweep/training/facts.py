"""What is written beside every result so that it can be judged later: realised noise, versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sat_sweep.home.provenance import versions_of

if TYPE_CHECKING:
    from sat_sweep.training.loop import Trial


def facts(trial: Trial) -> dict[str, Any]:
    """What the noise came to, and versions.

    `error_rate` and `transition` matrix are None where true labels are unknown; `corrupted_inputs` is the share of
    training images that the noise has replaced or scrambled.
    """
    data = trial.data
    return {"error_rate": data.error_rate, "transition": data.transition, "corrupted_inputs": data.corrupted_inputs,
            "versions": versions_of("torch", "numpy")}
