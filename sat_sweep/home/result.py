"""The record of a finished trial."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from sat_sweep.home.checksum import Damaged, sealed, unsealed
from sat_sweep.home.epochs import is_epoch
from sat_sweep.home.plain import has_plain_fields

STATES, STAGES = ("complete", "pruned", "failed"), ("search", "confirm")


@dataclass(frozen=True)
class Result:
    """A finished trial: everything that reports and the MLflow mirror are made from.

    `state` is "complete", "pruned" or "failed", with the `reason` where there is one. `value` is the selection
    score. `values` are the searched settings alone, `spec` the whole trial. `history` holds a record per epoch.
    `error_rate` and `transition` are what the noise came to on labels, `corrupted_inputs` on images, as a share.
    `started` and `ended` are the worker's own times, in seconds since 1970. `vary` is the point of the `vary` block
    that the study belongs to, by path, {} without such a block.
    """

    sweep: str
    study: str
    method: str
    noise: str
    rate: float | None
    stage: str
    number: int
    seed: int
    state: str
    reason: str | None
    value: float | None
    values: dict[str, bool | int | float | str | None]
    spec: dict[str, Any]
    error_rate: float | None
    transition: list[list[float]] | None
    history: list[dict[str, Any]]
    epochs_trained: int
    started: float
    ended: float
    versions: dict[str, str] = field(default_factory=dict)
    corrupted_inputs: float | None = None
    vary: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The trial's name within its sweep."""
        return trial_name(self.study, self.stage, self.number)

    @property
    def why(self) -> str:
        """The first line of its reason."""
        return next(iter((self.reason or "").strip().splitlines()), "no reason was given")

    def curve(self, metric: str) -> list[float | None]:
        """`metric` epoch by epoch, None where it is absent."""
        return [record["metrics"].get(metric) for record in self.history]

    def encode(self) -> bytes:
        """As a file, with its checksum."""
        return sealed(vars(self))

    @classmethod
    def decode(cls, file: bytes | bytearray) -> Result:
        """The result that `encode` wrote, now or before results had checksums; raises Damaged."""
        content = unsealed(file)
        known = {entry.name for entry in fields(cls)}
        try:
            result = cls(**{name: value for name, value in content.items() if name in known})
        except (AttributeError, TypeError):
            raise Damaged("it is no result of a trial") from None
        if not result._is_possible():
            raise Damaged("it is no result of a trial")
        return result

    def _is_possible(self) -> bool:
        """Whether every field is of its type, and what may only be one of some is."""
        return (has_plain_fields(self) and self.state in STATES and self.stage in STAGES and self.number >= 0
                and all(map(is_epoch, self.history)))


def trial_name(study: str, stage: str, number: int) -> str:
    """`sat/symmetric-0.4/search-0003`: unique within a sweep, a path in its results."""
    return f"{study}/{stage}-{number:04d}"
