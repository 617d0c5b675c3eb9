"""What needs more than one field of a trial file."""

from __future__ import annotations

from collections.abc import Iterator

from sat_sweep.config.explain import shown
from sat_sweep.config.leaves import MethodLeaf
from sat_sweep.errors import Problem, UserError, did_you_mean
from sat_sweep.methods import parse
from sat_sweep.training.spec import TrialSpec


def check_trial(spec: TrialSpec) -> list[Problem]:
    """Everything that is wrong between the fields of `spec`; [] if it can be run."""
    try:
        parts = {part.name for part in parse(spec.method)}
    except UserError as error:
        return [Problem("method", str(error))]
    return list(_parameter_problems(spec, parts))


def _parameter_problems(spec: TrialSpec, parts: set[str]) -> Iterator[Problem]:
    known = {f"{part.name}.{parameter}" for part in parse(spec.method) for parameter in part.Parameters.model_fields}
    for name, value in spec.parameters.items():
        part, _, parameter = name.partition(".")
        if name not in known:
            yield Problem(f"parameters.{name}", f"'{spec.method}' has no parameter '{name}'",
                          remedy=did_you_mean(name, known) if known else None)
        elif refusal := MethodLeaf(part, parameter).refusal(value):
            yield Problem(f"parameters.{name}", f"{refusal}; got {shown(value)}")
