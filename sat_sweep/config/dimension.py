"""One axis of a study's search, and from which ranges it comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sat_sweep.config.leaves import BLOCKS, find_leaf, kind_of
from sat_sweep.config.space import Alternatives, Interval, SpaceFile
from sat_sweep.methods import Method, own_parameters, parse
from sat_sweep.methods.parameters import Choices, Length, Search, resolved
from sat_sweep.training.spec import Value


@dataclass(frozen=True)
class Dimension:
    """One setting that a search moves: between `low` and `high`, both included, or among `choices`.

    `name` is "sat.momentum" or "training.optimizer.lr"; `log` draws the logarithm evenly; `step` counts from
    `low`; `integer` has whole numbers only.
    """

    name: str
    low: float | None = None
    high: float | None = None
    log: bool = False
    step: float | None = None
    integer: bool = False
    choices: tuple[Value, ...] | None = None

    def as_data(self) -> dict[str, Any]:
        """Plain data that tells it from every other dimension."""
        return {**vars(self), "choices": None if self.choices is None else list(self.choices)}

    @property
    def middle(self) -> Value:
        """A value that is neither the lowest nor the highest."""
        if self.choices is not None:
            return self.choices[len(self.choices) // 2]
        assert self.low is not None
        assert self.high is not None
        value = (self.low * self.high) ** 0.5 if self.log else (self.low + self.high) / 2
        return round(value) if self.integer else value


def search_space(method: str, space: SpaceFile, length: Length) -> tuple[tuple[Dimension, ...], dict[str, Value]]:
    """What a search over `method` moves, and the method parameters that it holds at values of their own.

    Ranges are the method's, in a training of this `length`, overridden by `search.space`; those over training and
    model are the same for every method. Noise has no part in it.
    """
    found: dict[str, Dimension | Value] = {}
    for part in parse(method):
        asked = _asked(part.name, space)
        fixed = {path: value for path, value in asked.items() if not isinstance(value, Dimension)}
        idle = {f"{part.name}.{name}" for name in part.idle(own_parameters(part, fixed))}
        brought = _brought(part, length)
        found |= {path: value for path, value in brought.items() if path not in idle} | asked
    for block in BLOCKS:
        found |= _asked(block, space)
    dimensions = tuple(axis for axis in found.values() if isinstance(axis, Dimension))
    return dimensions, {name: value for name, value in found.items() if not isinstance(value, Dimension)}


def _asked(head: str, space: SpaceFile) -> dict[str, Dimension | Value]:
    """What the file says about paths below `head`."""
    wanted = {path: given for path, given in space.search.space.items() if path.startswith(f"{head}.")}
    return {path: _dimension(path, given, space) for path, given in wanted.items()}


def _dimension(path: str, given: Interval | Alternatives | Value, space: SpaceFile) -> Dimension | Value:
    if isinstance(given, Interval):
        integer = find_leaf(path, space).kind == "whole number"
        return Dimension(path, given.low, given.high, given.log, given.step, integer)
    return Dimension(path, choices=given.choices) if isinstance(given, Alternatives) else given


def _brought(part: type[Method], length: Length) -> dict[str, Dimension | Value]:
    """What a method brings itself."""
    searches = part.Parameters.search_ranges()
    return {f"{part.name}.{parameter}": _own(part, parameter, search, length) for parameter, search in searches.items()}


def _own(part: type[Method], parameter: str, search: Search, length: Length) -> Dimension | Value:
    name = f"{part.name}.{parameter}"
    if isinstance(search, Choices):
        return Dimension(name, choices=search.values)
    low: float = resolved(search.low, length)
    high: float = resolved(search.high, length)
    if low >= high:  # a share of very few epochs or steps leaves one value
        return low
    kind = kind_of(part.Parameters.model_fields[parameter].annotation)
    return Dimension(name, float(low), float(high), search.log, integer=kind == "whole number")
