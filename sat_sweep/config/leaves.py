"""What a path stands for: a method's parameter, or a setting of dataset, network or training."""

from __future__ import annotations

import types
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError

from sat_sweep.config.explain import rule
from sat_sweep.config.space import SpaceFile
from sat_sweep.errors import UserError, did_you_mean
from sat_sweep.methods import parse, registry
from sat_sweep.methods.parameters import Length, OfEpochs, Parameters, Range
from sat_sweep.settings import Closed
from sat_sweep.training.spec import Value

BLOCKS = ("training", "model")
"""The blocks of the file whose settings can be searched; data and noise are what methods are compared on."""

VARIED = ("dataset", *BLOCKS)
"""The blocks of the file whose settings can vary from condition to condition; noise has levels of its own."""

ANY = Length(epochs=1, steps_per_epoch=1)
"""A training in which a value is as valid as in any other."""

Kind = Literal["whole number", "number", "other"]
B = TypeVar("B", bound=Closed)


class NotALeaf(UserError):
    """A path that cannot be searched, or varied; `remedy` says what to write instead."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class Leaf(ABC):
    """One thing that can be searched."""

    @property
    @abstractmethod
    def kind(self) -> Kind:
        """Whether values are whole numbers, numbers or something else."""

    @abstractmethod
    def refusal(self, value: Value) -> str | None:
        """Why `value` is not valid here, None if it is."""


@dataclass(frozen=True)
class MethodLeaf(Leaf):
    """Parameter `parameter` of the method part `part`."""

    part: str
    parameter: str

    @property
    def parameters(self) -> type[Parameters]:
        """The class that declares it."""
        return registry[self.part].Parameters

    @property
    def kind(self) -> Kind:
        """Whether values are whole numbers, numbers or something else."""
        return kind_of(self.parameters.model_fields[self.parameter].annotation)

    @property
    def counts_epochs(self) -> bool:
        """Whether values are numbers of epochs."""
        default = self.parameters.model_fields[self.parameter].default
        search = self.parameters.search_ranges().get(self.parameter)
        ends = (search.low, search.high) if isinstance(search, Range) else ()
        return any(isinstance(value, OfEpochs) for value in (default, *ends))

    def refusal(self, value: Value) -> str | None:
        """What the method's own parameter class says."""
        return _refusal(lambda: self.parameters.resolve({self.parameter: value}, ANY))


@dataclass(frozen=True)
class BlockLeaf(Leaf):
    """The setting at `path` ("optimizer.lr") inside `block`."""

    block: Closed
    path: str

    @property
    def annotation(self) -> Any:
        """The type that it is declared with."""
        *parents, last = self.path.split(".")
        owner: Any = self.block
        for name in parents:
            owner = getattr(owner, name)
        return type(owner).model_fields[last].annotation

    @property
    def kind(self) -> Kind:
        """Whether values are whole numbers, numbers or something else."""
        return kind_of(self.annotation)

    @property
    def is_path(self) -> bool:
        """Whether values are paths of files."""
        parts = (self.annotation, *get_args(self.annotation))
        return any(Path in (part, *get_args(part)) for part in parts)

    def refusal(self, value: Value) -> str | None:
        """What the block says when it is validated with `value` in place."""
        return _refusal(lambda: with_value(self.block, self.path, value))


def find_leaf(path: str, space: SpaceFile) -> Leaf:
    """What `path` stands for in `space`; raises NotALeaf if there is nothing that can be searched."""
    head, _, rest = path.partition(".")
    if head in registry:
        return _method_leaf(head, rest)
    if path == "training.epochs":
        raise NotALeaf("the number of epochs is the budget of a trial, which is the same for all",
                       "set training.epochs")
    if head in BLOCKS:
        return _block_leaf(head, rest, getattr(space, head), "searched")
    if head in SpaceFile.model_fields:
        raise NotALeaf(f"'{head}' cannot be searched, methods are compared on it",
                            "searchable are method parameters, training.… and model.…")
    raise NotALeaf(f"unknown method '{head}'", did_you_mean(head, [*registry, *BLOCKS]))


def varied_leaf(path: str, space: SpaceFile) -> BlockLeaf:
    """What `path` stands for in `space`; raises NotALeaf if there is nothing that can vary.

    The number of epochs can: it is the budget of a trial, which all methods have alike under each condition.
    """
    head, _, rest = path.partition(".")
    if head in VARIED:
        return _block_leaf(head, rest, getattr(space, head), "varied")
    if head == "noise":
        raise NotALeaf("noise has levels of its own", "give several rates, columns or matrices in the noise block")
    if head in registry:
        raise NotALeaf("a method's parameters are searched, or fixed, but not varied", f"set search.space.{path}")
    raise NotALeaf(f"'{head}' is nothing that can vary", "settings of dataset.…, model.… and training.… can")


def with_value(block: B, path: str, value: Value) -> B:
    """`block` with `value` at `path`, validated again; raises pydantic's ValidationError."""
    name, _, rest = path.partition(".")
    given = with_value(getattr(block, name), rest, value) if rest else value
    return type(block).model_validate({**dict(block), name: given})


def below(head: str, values: Mapping[str, Value]) -> dict[str, Value]:
    """Those of `values` whose paths begin with `head`, without it."""
    prefix = f"{head}."
    return {path.removeprefix(prefix): value for path, value in values.items() if path.startswith(prefix)}


def complete_parameters(method: str, given: Mapping[str, Value], length: Length) -> dict[str, Value]:
    """Every parameter of every part of `method`, by path: as given, else by default in a training of this length.

    Raises pydantic's ValidationError for an invalid value.
    """
    complete: dict[str, Value] = {}
    for part in parse(method):
        resolved = part.Parameters.resolve(below(part.name, given), length).model_dump()
        complete |= {f"{part.name}.{parameter}": value for parameter, value in resolved.items()}
    return complete


def kind_of(annotation: Any) -> Kind:
    """What values a field of this type takes; an optional one counts as what it is when it is there."""
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = {kind_of(option) for option in get_args(annotation) if option is not type(None)}
        return kinds.pop() if len(kinds) == 1 else "other"
    if get_origin(annotation) is Annotated:
        return kind_of(get_args(annotation)[0])
    kinds_by_type: dict[Any, Kind] = {int: "whole number", float: "number"}
    return kinds_by_type.get(annotation, "other")


def _method_leaf(part: str, parameter: str) -> MethodLeaf:
    known = [f"{part}.{name}" for name in registry[part].Parameters.model_fields]
    if f"{part}.{parameter}" in known:
        return MethodLeaf(part, parameter)
    if not known:
        raise NotALeaf(f"'{part}' has no parameters", "drop the line")
    reason = f"'{part}' has no parameter '{parameter}'" if parameter else f"'{part}' is a method, not a parameter"
    raise NotALeaf(reason, did_you_mean(f"{part}.{parameter}", known))


def _block_leaf(head: str, rest: str, block: Closed, done: str) -> BlockLeaf:
    leaves = _scalars(block)
    if rest.rpartition(".")[2] == "name":
        raise NotALeaf(f"what a part is cannot be {done}, only its settings", "write a file for each")
    if rest not in leaves:
        known = [f"{head}.{leaf}" for leaf in leaves if leaf.rpartition(".")[2] != "name"]
        reason = f"'{head}' has no single setting '{rest}'" if rest else f"'{head}' is a block, not a setting"
        raise NotALeaf(reason, did_you_mean(f"{head}.{rest}", known))
    return BlockLeaf(block, rest)


def _scalars(block: Closed, prefix: str = "") -> list[str]:
    paths = []
    for name, value in block:
        if isinstance(value, Closed):
            paths += _scalars(value, f"{prefix}{name}.")
        elif not isinstance(value, list | tuple | dict):
            paths.append(prefix + name)
    return paths


def _refusal(validate: Callable[[], object]) -> str | None:
    try:
        validate()
    except ValidationError as error:
        return " or ".join(rule(details) for details in error.errors(include_url=False))
    return None
