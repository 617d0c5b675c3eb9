"""What needs more than one field of a trial file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from sat_sweep.config.explain import explain, shown
from sat_sweep.config.leaves import MethodLeaf
from sat_sweep.data import NoiseLevel, noises
from sat_sweep.errors import Problem, UserError, did_you_mean
from sat_sweep.imports.plugins import foreign_code
from sat_sweep.methods import parse
from sat_sweep.training.spec import TrialSpec


def check_trial(spec: TrialSpec) -> list[Problem]:
    """Everything that is wrong between the fields of `spec`; [] if it can be run."""
    try:
        parts = {part.name for part in parse(spec.method)}
    except UserError as error:
        return [Problem("method", str(error))]
    return [*_noise_problems(spec.noise), *_parameter_problems(spec, parts)]


def _noise_problems(level: NoiseLevel) -> Iterator[Problem]:
    """What a block of the level's kind would say of it; a plug-in's kind knows its levels alone."""
    if level.kind not in noises:
        yield Problem("noise.kind", f"unknown noise kind '{level.kind}'", remedy=did_you_mean(level.kind, noises))
        return
    kind = noises[level.kind]
    block = {option: value for option, value in _block(level).items() if option in kind.model_fields}
    try:
        if not foreign_code(kind):
            kind.model_validate(block)
    except ValidationError as error:
        for place, problem in explain(error, block, kind):
            yield replace(problem, path=f"noise.{_OPTIONS.get(str(place[0]) if place else '', 'kind')}")


_OPTIONS = {"rates": "rate", "columns": "column", "matrices": "matrix", "pairs": "pairs", "projections": "projections"}
"""What a block calls a level's options, and what the level calls them."""


def _block(level: NoiseLevel) -> dict[str, Any]:
    """The block whose only level this is, as far as it says."""
    given = {"rates": None if level.rate is None else [level.rate], "columns": level.column and [level.column],
             "matrices": level.matrix and {level.label: level.matrix}, "pairs": level.pairs and dict(level.pairs),
             "projections": level.projections}
    return {"kind": level.kind, **{option: value for option, value in given.items() if value is not None}}


def _parameter_problems(spec: TrialSpec, parts: set[str]) -> Iterator[Problem]:
    known = {f"{part.name}.{parameter}" for part in parse(spec.method) for parameter in part.Parameters.model_fields}
    for name, value in spec.parameters.items():
        part, _, parameter = name.partition(".")
        if name not in known:
            yield Problem(f"parameters.{name}", f"'{spec.method}' has no parameter '{name}'",
                          remedy=did_you_mean(name, known) if known else None)
        elif refusal := MethodLeaf(part, parameter).refusal(value):
            yield Problem(f"parameters.{name}", f"{refusal}; got {shown(value)}")
