"""How much of a sweep is the same training: what `plan` can say before anything has run.

A trial is plain cross-entropy training until its method begins to act, and such beginnings are trained once.
When a method begins depends on settings that the search has yet to draw and, for some, on how training goes: so
there is a least and a most.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sat_sweep.config.conditions import point_label
from sat_sweep.config.dimension import Dimension
from sat_sweep.config.plan import Plan
from sat_sweep.config.study import Study
from sat_sweep.methods import Composition, Setting
from sat_sweep.training.spec import TrialSpec, Value

_STEPS, _EXAMPLES, _CLASSES = 100, 1000, 10
"""A stand-in for data that are not loaded; no method's beginning depends on them by much."""
LONGEST = 10_000
"""Longer trainings are not gone through epoch by epoch."""


@dataclass(frozen=True)
class Beginning:
    """How many epochs of a method's trials are plain cross-entropy training, at the least and at the most."""

    method: str
    least: int
    most: int
    epochs: int
    """How many each of its trials has."""

    @property
    def sentence(self) -> str:
        """`sat acts after epoch 2 to 24`."""
        if self.least == self.epochs:
            return f"{self.method} is the base"
        if self.most == 0:
            return f"{self.method} acts from the start"
        if self.most == self.epochs:
            return f"{self.method} acts after epoch {self.least} at the earliest, as training goes"
        span = str(self.least) if self.least == self.most else f"{self.least} to {self.most}"
        return f"{self.method} acts after epoch {span}"


@dataclass(frozen=True)
class SharingForecast:
    """What is foreseen: `most` epochs that need no training of their own, None where `unknown` says why not."""

    beginnings: tuple[Beginning, ...]
    most: int | None
    unknown: str = ""


def sharing(plan: Plan) -> SharingForecast:
    """What the trials of `plan` have in common at their beginnings."""
    if max(study.space.training.epochs for study in plan.studies) > LONGEST:
        return SharingForecast((), None, f"trainings have more than {LONGEST:,} epochs")
    alike = {(study.method, point_label(study.condition.vary)): study for study in plan.studies}
    beginnings = {one: _beginning(study) for one, study in alike.items()}
    told = tuple(dict.fromkeys(beginnings.values()))
    if not all(study.one_root for study in plan.studies):
        return SharingForecast(told, None, "training settings are searched")
    return SharingForecast(told, _most(plan, beginnings))


def _most(plan: Plan, beginnings: dict[tuple[str, str], Beginning]) -> int:
    """Of all plain beginnings under a condition and seed, the longest has to be trained, once."""
    under: dict[str, list[Study]] = defaultdict(list)
    for study in plan.studies:
        under[study.condition.label].append(study)
    most = {study.key: beginnings[study.method, point_label(study.condition.vary)].most for study in plan.studies}
    search = (sum(most[s.key] * s.trials for s in studies) - _longest(studies, most) for studies in under.values())
    confirm = (sum(most[s.key] for s in studies) - _longest(studies, most) for studies in under.values())
    return sum(search) + plan.space.confirm.seeds * sum(confirm)


def _longest(studies: Sequence[Study], most: Mapping[str, int]) -> int:
    return max(most[study.key] for study in studies)


def _beginning(study: Study) -> Beginning:
    """Tried at both ends of all ranges, for a training that stagnates and for one that improves."""
    corners = [{axis.name: _end(axis, high) for axis in study.dimensions} for high in (False, True)]
    specs = [study.search_spec(corner) for corner in corners]
    lengths = [_plain_epochs(spec, improves) for spec in specs for improves in (False, True)]
    return Beginning(study.method, min(lengths), max(lengths), study.space.training.epochs)


def _end(dimension: Dimension, high: bool) -> Value:
    """The lowest or highest value, of choices the smallest or greatest."""
    if dimension.choices is not None:
        numbers = all(isinstance(choice, int | float) for choice in dimension.choices)
        return sorted(dimension.choices, key=None if numbers else str)[-1 if high else 0]
    end = dimension.high if high else dimension.low
    assert end is not None
    return int(end) if dimension.integer else end


def _plain_epochs(spec: TrialSpec, improves: bool) -> int:
    epochs = spec.training.epochs
    setting = Setting(epochs, _STEPS, _EXAMPLES, _CLASSES, spec.seed, spec.task.selection,
                      width=getattr(spec.model, "width", None))
    method = Composition(spec.method, spec.parameters, setting)
    history: list[_Foreseen] = []
    for epoch in range(1, epochs + 1):
        if method.influence(epoch, history):
            return epoch - 1
        history.append(_Foreseen(epoch, epoch / epochs if improves else 0.5))
    return epochs


class _Foreseen:
    """The record of an epoch that has not been trained: every metric has the same value."""

    def __init__(self, epoch: int, value: float) -> None:
        self.epoch = epoch
        self.metrics: dict[str, float] = defaultdict(lambda: value)
