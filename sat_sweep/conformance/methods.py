"""What every method must keep: it says what it is, acts when it says so, and is exact under sharing and resuming."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sat_sweep.conformance.check import Check, require
from sat_sweep.conformance.toy import EVERY_EPOCH, first_difference, interrupt, numbers, toy_store, toy_trial
from sat_sweep.imports.lazy import torch
from sat_sweep.methods import Need, Objective, parse, registry
from sat_sweep.methods.parameters import Length, Range, resolved
from sat_sweep.training import EpochRecord, TrialSpec, epochs
from sat_sweep.training.loop import Trial
from sat_sweep.training.run import TrainingRun
from sat_sweep.training.trajectory.audience import Audience, Follower

EPOCHS = 8
LENGTH = Length(epochs=40, steps_per_epoch=20)
LEARNT = 0.7
"""Test accuracy that every method reaches on the toy without noise."""


@dataclass(frozen=True)
class MethodToy:
    """A method string with `settings` under which every part of it acts within a few epochs.

    A start epoch is early for whatever has one. `learning` are those with which it learns about as much as
    cross-entropy within 15 epochs.
    """

    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    learning: Mapping[str, Any] = field(default_factory=dict)

    @property
    def early(self) -> dict[str, Any]:
        """All settings under which it acts early."""
        starts = {f"{part.name}.start_epoch": 3 for part in parse(self.method)
                  if "start_epoch" in part.Parameters.model_fields}
        return {**starts, **self.settings}

    @cached_property
    def alone(self) -> list[EpochRecord]:
        """Its trial, from the first epoch to the last without a store."""
        return list(epochs(self.trial()))

    def trial(self, method: str | None = None, parameters: Mapping[str, Any] | None = None, *, subset: int = 300,
              epochs: int = EPOCHS, rate: float = 0.4, **training: Any) -> TrialSpec:
        """A trial of it (or of another `method`) on data that have what it needs beside noisy labels."""
        parts = parse(self.method)
        trusted = {"trusted": 40} if any(Need.TRUSTED in part.needs for part in parts) else {}
        few = {"labelled": 120} if any(Need.UNLABELLED in part.needs for part in parts) else {}
        augmented = {"augmentation": "flip"} if any(part.needs_augmentation for part in parts) else {}
        return toy_trial(method or self.method, dict(self.early if parameters is None else parameters), epochs=epochs,
                         rate=rate, training={**augmented, **training},
                         dataset={"name": "digits", "subset": subset, **trusted, **few})

    def plain(self) -> TrialSpec:
        """Cross-entropy on what it is trained on: with trusted examples, the control before it uses them."""
        if any(Need.TRUSTED in part.needs for part in parse(self.method)):
            return self.trial("trusted_finetune", {"trusted_finetune.start_epoch": EPOCHS})
        return self.trial("ce", {})

    def moved(self) -> list[dict[str, Any]]:
        """Settings of it, one different from its early ones in each: at an end of its range, or the other truth."""
        length, others = Length(epochs=6, steps_per_epoch=7), []
        for part in parse(self.method):
            for name, search in part.Parameters.search_ranges().items():
                ends = (search.low, search.high) if isinstance(search, Range) else search.values
                others += [{f"{part.name}.{name}": resolved(end, length)} for end in ends]
            others += [{f"{part.name}.{name}": not info.default} for name, info in part.Parameters.model_fields.items()
                       if isinstance(info.default, bool)]
        return others


def declares_itself(toy: MethodToy) -> None:
    """It says its name, its paper, what it is for, and what each parameter means."""
    for part in parse(toy.method):
        require(registry[part.name] is part, f"'{part.name}' is registered under another name")
        require(part.paper, f"'{part.name}' names no paper")
        require(part.__doc__, f"'{part.name}' has no docstring: what it does and when to choose it")
        unclear = [name for name, info in part.Parameters.model_fields.items() if not info.description]
        require(not unclear, f"{', '.join(unclear)}: say what it means (hyperparameter(..., meaning=...))")
        require("loss" not in vars(part) or issubclass(part, Objective), f"'{part.name}' has a loss: an Objective does")


def ranges_are_valid(toy: MethodToy) -> None:
    """Its defaults and both ends of each search range are valid."""
    for part in parse(toy.method):
        part.Parameters.resolve({}, LENGTH)
        for name, search in part.Parameters.search_ranges().items():
            ends = (search.low, search.high) if isinstance(search, Range) else search.values
            for end in ends:
                part.Parameters.resolve({name: resolved(end, LENGTH)}, LENGTH)


def learns(toy: MethodToy) -> None:
    """It learns digits without noise."""
    spec = toy.trial(parameters=toy.learning, epochs=15, rate=0.0, subset=1200, batch_size=64,
                     optimizer={"name": "sgd", "lr": 0.03})
    *_, last = epochs(spec)
    require(last.metrics["test/accuracy"] > LEARNT,
            f"test accuracy {last.metrics['test/accuracy']:.0%} after 15 epochs of what cross-entropy learns to 95%")


def sharing_with_plain_training(toy: MethodToy) -> None:
    """Going on from a plain run's epochs changes no number."""
    spec = toy.trial()
    audience = Audience((Follower(spec.method, dict(spec.parameters)),), every_epoch=True)
    with toy_store() as store:
        list(epochs(toy.trial("ce", {}), store, audience))
        shared, again = list(epochs(spec, store)), list(epochs(spec, store))
    difference = first_difference(numbers(shared), numbers(toy.alone))
    require(not difference, f"{difference}; influence says {{}} in an epoch in which it acts, or it keeps something "
                            "that is neither in `memory` nor drawn from the run's generators")
    require([r.signature for r in shared] == [r.signature for r in toy.alone], "signatures differ")
    require(not any(record.trained for record in again), "a second time epochs were trained again")


def sharing_with_its_own(toy: MethodToy) -> None:
    """Sharing with trials of its own, of other settings and another length, changes no number."""
    constant: dict[str, Any] = {"schedule": {"name": "constant"}}
    spec = toy.trial(epochs=6, **constant)
    alone = numbers(epochs(spec))
    with toy_store() as store:
        for other in toy.moved():
            list(epochs(toy.trial(parameters={**toy.early, **other}, epochs=6, **constant), store, EVERY_EPOCH))
        list(epochs(toy.trial(epochs=10, **constant), store, EVERY_EPOCH))
        difference = first_difference(numbers(epochs(spec, store)), alone)
    require(not difference, f"{difference}; influence lacks a setting that acts, or counts something that does not")


def resuming(toy: MethodToy) -> None:
    """Going on after interruptions, early, half way and late, changes no number."""
    spec, cuts = toy.trial(), (1, EPOCHS // 2, EPOCHS - 1)
    with toy_store() as store:
        for cut in cuts:
            interrupt(spec, store, cut)
        resumed = list(epochs(spec, store))
    difference = first_difference(numbers(resumed), numbers(toy.alone))
    require(not difference, f"interrupted after epochs {', '.join(map(str, cuts))}: {difference}; what it remembers "
                            "belongs in `memory`")
    trained = sum(record.trained for record in resumed)
    require(trained <= EPOCHS - cuts[-1] + 1, f"interrupted after epoch {cuts[-1]} it trained {trained} epochs more")


def influence_is_honest(toy: MethodToy) -> None:
    """Its influence is JSON, and empty only while it is plain training."""
    spec, plain = toy.trial(), toy.plain()
    records, base = toy.alone, numbers(epochs(plain))
    chain, same_start = Trial(spec).chain, Trial(spec).chain.root == Trial(plain).chain.root
    for record, expected in zip(records, base, strict=True):
        influence = chain.influence(record.epoch, records)
        json.dumps(influence)
        if not record.acts:
            require(influence == {}, f"epoch {record.epoch}: influence is {influence}, and nothing acts")
            difference = same_start and first_difference(numbers([record]), [expected])
            require(not difference, f"epoch {record.epoch}: influence is {{}}, and yet {difference}")
    acts = any(record.acts for record in records)
    require(acts or toy.method == "ce", f"it never acts within {EPOCHS} epochs; set what makes it begin early")


def declares_a_second_network(toy: MethodToy) -> None:
    """It declares a second network if it has one, and only then."""
    run = _run(toy, epochs=1)
    run.train_epoch(1)
    declared = any(Need.SECOND_NETWORK in part.needs for part in parse(toy.method))
    require((len(run.networks) > 1) == declared,
            f"it has the networks {', '.join(run.networks)}, and needs says {'two' if declared else 'one'}")


def remembers_tensors(toy: MethodToy) -> None:
    """What it remembers from step to step are tensors."""
    run = _run(toy, epochs=4)
    for epoch in (1, 2, 3, 4):
        run.train_epoch(epoch)
    others = [name for name, value in run.method.memory.items() if not isinstance(value, torch.Tensor)]
    require(not others, f"memory has {', '.join(others)}, which are no tensors")


def _run(toy: MethodToy, epochs: int) -> TrainingRun:
    setup = Trial(toy.trial(epochs=epochs))
    return TrainingRun(setup.spec, setup.data, setup.method)


CHECKS: tuple[Check[MethodToy], ...] = (
    declares_itself, ranges_are_valid, learns, sharing_with_plain_training, sharing_with_its_own, resuming,
    influence_is_honest, declares_a_second_network, remembers_tensors)
