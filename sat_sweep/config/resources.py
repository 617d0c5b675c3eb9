"""What a trial occupies and where, and what a whole sweep may take: it changes when trials run, not what they are."""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict, model_validator

from sat_sweep.config.block import Block, Count
from sat_sweep.settings import later

_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_LABEL = re.compile(rf"(?:[A-Za-z0-9.-]{{1,253}}/)?{_WORD}")
_SELECTOR = re.compile(rf"!?(?:{_WORD}|in\({_WORD}(?:, ?{_WORD})*\))")
_OWN_FIELDS = {"cpu": "cpus", "gpu": "gpus"}


def _whole_or_part(of: str, amount: float) -> float:
    if amount > 1 and not amount.is_integer():
        raise ValueError(f"must be whole, or a part of {of}; got {amount:g}, use {int(amount)} or below 1")
    return amount


def _no_field_of_ours(name: str) -> str:
    if name.lower() in _OWN_FIELDS:
        raise ValueError(f"'{name}' stands in resources.{_OWN_FIELDS[name.lower()]}")
    return name


def _label(key: str) -> str:
    if not _LABEL.fullmatch(key):
        raise ValueError(f"a label is named by letters, digits, dash, dot and underscore; got '{key}'")
    return key


def _selector(value: str) -> str:
    if not _SELECTOR.fullmatch(value):
        raise ValueError(f"must be a label's value, !value, in(value, value) or !in(value, value); got '{value}'")
    return value


Gpus = Annotated[float, Strict(), Field(ge=0), AfterValidator(partial(_whole_or_part, "one GPU"))]
LabelKey = Annotated[str, AfterValidator(_label)]
LabelValue = Annotated[str, AfterValidator(_selector)]
CustomName = Annotated[str, Field(min_length=1), AfterValidator(_no_field_of_ours)]
Amount = Annotated[float, Strict(), Field(ge=0.0001), AfterValidator(partial(_whole_or_part, "one"))]


class Resources(Block):
    """What one trial occupies, where, and how many run at a time."""

    cpus: Annotated[int, Strict(), Field(ge=1, le=4096)] = 1
    """CPU cores, which is also the number of threads that a trial computes with."""
    gpus: Literal["auto"] | Gpus = 0.0
    """GPUs; 0.25 lets four trials share one, `auto` measures how many should."""
    max_concurrent: Count | None = later(None)
    """At most so many trials of this sweep at a time; null: as many as there is room for."""
    labels: dict[LabelKey, LabelValue] = later({})
    """Only Ray nodes with these labels, such as `{market-type: spot}`; also `!spot` and `in(spot, cheap)`."""
    custom: dict[CustomName, Amount] = later({})
    """How much of Ray's custom resources a trial takes besides, such as `{ssd: 1}`; below 1 several share one."""
    weight: Annotated[float, Strict(), Field(gt=0, le=1000)] = later(1.0)
    """Beside other sweeps on a cluster one of weight 2 has twice as many workers as one of weight 1."""
    patience: Annotated[float, Strict(), Field(ge=0)] = later(30.0)
    """Minutes that a cluster (`--address`) may be without any node that a trial fits on."""


class Budget(Block):
    """What the sweep may take: the search ends in time to confirm what it has found."""

    hours: Annotated[float, Strict(), Field(gt=0)] | None = None
    """Hours in which the sweep runs; pauses do not count."""
    gpu_hours: Annotated[float, Strict(), Field(gt=0)] | None = None
    """Hours of all trials together, each times its GPUs."""

    @model_validator(mode="after")
    def _limits_something(self) -> Budget:
        if self.hours is None and self.gpu_hours is None:
            raise ValueError("must have hours, gpu_hours or both")
        return self
