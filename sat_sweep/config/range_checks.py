"""Whether every line of `search.space` can be searched: the path, the range, and both together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sat_sweep.config.draft import Draft
from sat_sweep.config.explain import shown
from sat_sweep.config.leaves import BLOCKS, BlockLeaf, Leaf, MethodLeaf, NotALeaf, find_leaf, with_value
from sat_sweep.config.space import Alternatives, Interval
from sat_sweep.errors import Problem
from sat_sweep.training.schedules import Step
from sat_sweep.training.spec import TrainingSpec, Value

_BLOCKS = tuple(f"{block}." for block in BLOCKS)


class Fault(NamedTuple):
    """A mistake at `key` of a block, before it is known where in a file that stands."""

    key: str
    message: str
    remedy: str | None = None


def check_ranges(draft: Draft) -> Iterator[Problem]:
    """Everything that is wrong with the lines of `search.space` that are sound as such."""
    for path, given in draft.space.search.space.items():
        place = f"search.space.{path}"
        if not draft.sound(place) or (path.startswith(_BLOCKS) and draft.within_stand_in(path)):
            continue
        try:
            leaf = find_leaf(path, draft.space)
        except NotALeaf as error:
            yield Problem(place, str(error), remedy=error.remedy)
            continue
        for fault in _faults(path, leaf, given, draft):
            yield Problem(f"{place}.{fault.key}" if fault.key else place, fault.message, remedy=fault.remedy)


def schedule_faults(training: TrainingSpec) -> Iterator[Fault]:
    """What of the learning-rate schedule would never come to pass in `training.epochs` epochs."""
    schedule, epochs = training.schedule, training.epochs
    if schedule.warmup >= epochs:
        yield Fault("warmup", f"warm-up must end before training does, after {epochs}; got {schedule.warmup}",
                    "lower it or raise training.epochs")
    elif isinstance(schedule, Step):
        left = epochs - schedule.warmup
        for number, milestone in enumerate(schedule.milestones):
            if milestone > left:
                yield Fault(f"milestones.{number}", f"must be at most {left}, the epochs left after warm-up; "
                            f"got {milestone:g}", "below 1 it is a share of them")


def _faults(path: str, leaf: Leaf, given: Interval | Alternatives | Value, draft: Draft) -> Iterator[Fault]:
    if isinstance(given, Interval):
        shape = list(_shape_faults(path, leaf, given))
        yield from shape or _value_faults(leaf, {"low": given.low, "high": given.high}, draft)
    elif isinstance(given, Alternatives):
        if len(set(map(repr, given.choices))) < len(given.choices):
            yield Fault("choices", f"a choice stands once, got {shown(given.choices)}", "drop the repetition")
        values = {f"choices.{number}": value for number, value in enumerate(given.choices)}
        yield from _value_faults(leaf, values, draft)
    elif isinstance(leaf, BlockLeaf):
        yield Fault("", f"a setting that is not searched stands in its own place, got {shown(given)}",
                    f"set {path} itself, or give a range {{low: …, high: …}}")
    else:
        yield from _value_faults(leaf, {"": given}, draft)


def _shape_faults(path: str, leaf: Leaf, given: Interval) -> Iterator[Fault]:
    """What is wrong with a range before one looks at where it lies."""
    if leaf.kind == "other":
        yield Fault("", f"'{path}' is no number, so it has no range", "give {choices: […]}")
        return
    if given.low >= given.high:
        yield Fault("", f"a range needs low < high, got low: {given.low:g}, high: {given.high:g}",
                    "to fix a value write it plainly, without a range")
    if given.log and given.low <= 0:
        yield Fault("low", f"a log range must begin above 0, got {given.low:g}", "raise low or drop log")
    if given.step is not None:
        yield from _step_faults(given, given.step)
    if leaf.kind == "whole number":
        yield from _fraction_faults(path, given)


def _step_faults(given: Interval, step: float) -> Iterator[Fault]:
    if given.log:
        yield Fault("step", "log and step exclude each other", "drop one of them")
    if step > given.high - given.low > 0:
        yield Fault("step", f"must be at most high - low = {given.high - given.low:g}; got {step:g}")


def _fraction_faults(path: str, given: Interval) -> Iterator[Fault]:
    for key, number in (("low", given.low), ("high", given.high), ("step", given.step)):
        if number is not None and not number.is_integer():
            yield Fault(key, f"'{path}' takes whole numbers, got {number:g}")


def _value_faults(leaf: Leaf, values: dict[str, Value], draft: Draft) -> Iterator[Fault]:
    """What of `values`, by where they stand, the leaf itself or the length of the training rules out."""
    for key, value in values.items():
        if leaf.kind != "other" and isinstance(value, bool | str):
            yield Fault(key, f"must be a {leaf.kind}; got {shown(value)}")
        elif refusal := leaf.refusal(value):
            yield Fault(key, f"{refusal}; got {shown(value)}")
        else:
            yield from _epoch_faults(leaf, key, value, draft)


def _epoch_faults(leaf: Leaf, key: str, value: Value, draft: Draft) -> Iterator[Fault]:
    """What of a number of epochs, or of a schedule with `value` in it, would never come to pass."""
    if not draft.sound("training.epochs", "training.schedule"):
        return
    epochs = draft.space.training.epochs
    if isinstance(leaf, MethodLeaf) and leaf.counts_epochs and float(value) > epochs:
        yield Fault(key, f"counts epochs, of which training has {epochs}; got {value:g}",
                    "lower it or raise training.epochs")
    if isinstance(leaf, BlockLeaf) and isinstance(leaf.block, TrainingSpec):
        known = {fault.key for fault in schedule_faults(leaf.block)}
        for fault in schedule_faults(with_value(leaf.block, leaf.path, value)):
            if fault.key not in known:
                yield Fault(key, f"would spoil training.schedule.{fault.key}: {fault.message}", fault.remedy)
