"""What code alone can tell of a method: it is built and trained for a second beside cross-entropy, on digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sat_sweep.errors import SatSweepError
from sat_sweep.methods import Need, parse
from sat_sweep.training.spec import TrialSpec

SECONDS = 1.0
"""How long it takes turns with cross-entropy."""
MEASURED_ON = "an MLP of width 512 on digits, batches of 64, one thread of this machine"
_SPEC: dict[str, Any] = {
    "model": {"name": "mlp", "width": 512},
    "noise": {"kind": "symmetric", "rate": 0.4, "label": "symmetric-0.4"},
}


@dataclass(frozen=True)
class Measured:
    """`step_cost` is relative to a step of cross-entropy, which takes `base_seconds`.

    `remembers` has the shape of each tensor that stays from step to step, in N examples and C classes.
    `further_networks` are those beside the one that every method has. `problem` says why nothing could be measured.
    """

    step_cost: float | None = None
    base_seconds: float | None = None
    remembers: dict[str, tuple[int | str, ...]] | None = None
    further_networks: tuple[str, ...] = ()
    problem: str = ""


def measured(method: str) -> Measured:
    """Train the method string `method` a little; whatever a plug-in raises meanwhile is told as its problem."""
    try:
        return _measured(method)
    except SatSweepError as error:
        return Measured(problem=str(error))
    except Exception as error:  # of somebody else's code, about which the page says all else
        return Measured(problem=f"{type(error).__name__}: {error}")


def _measured(method: str) -> Measured:
    from sat_sweep.training.step_cost import LastEpoch, relative_cost

    ours, base = (LastEpoch(_spec(each, augmented=_is_augmented(method))) for each in (method, "ce"))
    cost, seconds = relative_cost(ours, base, SECONDS)
    letters = {ours.examples: "N", ours.classes: "C"}
    shapes = {name: tuple(letters.get(size, size) for size in shape) for name, shape in ours.memory.items()}
    return Measured(cost, seconds, shapes, tuple(ours.further_networks))


def _is_augmented(method: str) -> bool:
    return any(part.needs_augmentation for part in parse(method))


def _spec(method: str, *, augmented: bool) -> TrialSpec:
    asking = {f"{part.name}.trusted_batch": 64 for part in parse(method)
              if Need.TRUSTED in part.needs and "trusted_batch" in part.Parameters.model_fields}
    training = {"epochs": 5, "batch_size": 64, "augmentation": "crop" if augmented else "none",
                "optimizer": {"name": "sgd", "lr": 0.01}}
    aside = {"labelled": 256} if any(Need.UNLABELLED in part.needs for part in parse(method)) else {"trusted": 64}
    return TrialSpec.model_validate({**_SPEC, "dataset": {"name": "digits", **aside}, "method": method,
                                     "parameters": asking, "training": training})
