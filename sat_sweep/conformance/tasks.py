"""What every task must keep: it measures what it declares, and what decides reads no true label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sat_sweep.conformance.check import Check, require
from sat_sweep.conformance.toy import toy_trial
from sat_sweep.tasks import Task, tasks
from sat_sweep.training import EpochRecord, epochs

OF_THE_TRAINING_PASS = {"train/loss", "train/noisy_accuracy", "train/memorized", "train/corrected", "epoch_seconds"}
"""What every record has, whatever the task."""


@dataclass(frozen=True)
class TaskToy:
    """A task by name, with `options`."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def task(self) -> Task:
        """Its block of a space file."""
        return tasks[self.name].model_validate({"name": self.name, **self.options})

    @cached_property
    def confirmed(self) -> list[EpochRecord]:
        """A trial of the confirm stage."""
        return self.trained()

    def trained(self, **blocks: Any) -> list[EpochRecord]:
        """A short trial, of this task unless `blocks` of the file say otherwise."""
        own = {"task": {"name": self.name, **self.options}, "model": {"name": "convnet", "width": 2}}
        if self.task.needs_unlabelled:
            own["dataset"] = {"name": "digits", "subset": 300, "labelled": 100}
        return list(epochs(toy_trial(epochs=2, **{**own, **blocks})))


def measures_what_it_declares(toy: TaskToy) -> None:
    """It measures exactly what it declares, its selection and its answer among it, and when it says so."""
    declared = {measure.name for measure in toy.task.measures}
    found = set(toy.confirmed[-1].metrics) - OF_THE_TRAINING_PASS
    require(found == declared, f"it declares {', '.join(sorted(declared))} and measures {', '.join(sorted(found))}")
    once = {measure.name for measure in toy.task.ends_with}
    early = once & set(toy.confirmed[0].metrics)
    require(not early, f"{', '.join(sorted(early))}: measured before the end")
    missing = {toy.task.selection.name, toy.task.answer.name} - declared
    require(not missing, f"{', '.join(missing)} is not among its measures")


def nothing_is_chosen_by_true_labels(toy: TaskToy) -> None:
    """What decides reads no true label, and the answer is of the test part and its true labels."""
    task = toy.task
    require(task.selection.measure.labels != "true", f"{task.selection.name} reads true labels")
    require((task.answer.split, task.answer.labels) == ("test", "true"),
            f"{task.answer.name} reads {task.answer.labels} labels of the {task.answer.split} part")
    wrong = [measure.name for measure in task.measures if measure.split == "test" and measure.labels != "true"]
    require(not wrong, f"{', '.join(wrong)}: test labels count as true ones")


def a_search_sees_nothing_true(toy: TaskToy) -> None:
    """A trial of the search is told nothing that reads true labels."""
    known = {measure.name: measure for measure in toy.task.measures}
    seen = set(toy.trained(evaluate="noisy")[0].metrics) - OF_THE_TRAINING_PASS
    require(toy.task.selection.name in seen, f"{toy.task.selection.name} is missing there")
    true = [name for name in seen if name not in known or known[name].labels == "true"]
    require(not true, f"it sees {', '.join(sorted(true))}")


def stays_within_bounds(toy: TaskToy) -> None:
    """Measures stay within the bounds that they declare."""
    for measure in toy.task.measures:
        low, high = measure.bounds
        for record in toy.confirmed:
            value = record.metrics.get(measure.name)
            fits = value is None or ((low is None or low <= value) and (high is None or value <= high))
            require(fits, f"{measure.name} is {value}")


def evaluation_moves_nothing(toy: TaskToy) -> None:
    """Evaluation moves no stream of training: losses are those of a classification."""
    losses = [[record.metrics["train/loss"] for record in records]
              for records in (toy.confirmed, toy.trained(task={"name": "classification"}))]
    require(losses[0] == losses[1], "the training losses are others than with `task: {name: classification}`")


CHECKS: tuple[Check[TaskToy], ...] = (
    measures_what_it_declares, nothing_is_chosen_by_true_labels, a_search_sees_nothing_true, stays_within_bounds,
    evaluation_moves_nothing)
