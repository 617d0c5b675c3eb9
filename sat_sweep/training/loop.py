"""A trial as a generator of epoch records.

    chain   = the signatures of this trial
    known   = the records on it that the store has
    if they reach the end: replay them, nothing is trained
    state   = the deepest stored state on the chain
    replay its history, then for every further epoch: train, record, perhaps store the state
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch

from sat_sweep.data import Dataset, TrialData, build_trial_data, held_out_count, load, steps_per_epoch
from sat_sweep.methods import Composition, Setting
from sat_sweep.training.record import EpochRecord
from sat_sweep.training.run import TrainingRun
from sat_sweep.training.spec import TrialSpec
from sat_sweep.training.trajectory.audience import Audience
from sat_sweep.training.trajectory.checkpoint_policy import ALONE, CheckpointPolicy, Demand
from sat_sweep.training.trajectory.journal import Journal
from sat_sweep.training.trajectory.signature import Chain
from sat_sweep.training.trajectory.store import TrajectoryStore, deepest_state, walk


@dataclass
class Trial:
    """A spec with its data and method; each part is made when it is first needed."""

    spec: TrialSpec
    given: Dataset | None = field(default=None, repr=False)
    """The data, where the caller has them; else they are loaded."""

    @cached_property
    def dataset(self) -> Dataset:
        """The data, to be read only."""
        return self.given or load(self.spec.dataset)

    @cached_property
    def data(self) -> TrialData:
        """The data with noise and split of this trial."""
        spec = self.spec
        return build_trial_data(self.dataset, spec.noise, seed=spec.seed, train_on=spec.train_on,
                          validation_fraction=spec.dataset.validation_fraction)

    @cached_property
    def method(self) -> Composition:
        """The method with this trial's parameters; needs the sizes of the data, not their noise and split."""
        spec, count = self.spec, len(self.dataset.labels)
        examples = count - held_out_count(count, spec.dataset.validation_fraction, spec.train_on)
        steps = steps_per_epoch(examples, spec.training.batch_size)
        setting = Setting(spec.training.epochs, steps, examples, self.dataset.num_classes, spec.seed)
        return Composition(spec.method, spec.parameters, setting)

    @cached_property
    def chain(self) -> Chain:
        """The signatures of this trial."""
        return Chain(self.spec, self.dataset, self.method)


def epochs(spec: TrialSpec, store: TrajectoryStore | None = None,
           followers: Sequence[TrialSpec] = (), demand: Demand = ALONE,
           may_end: Collection[int] = ()) -> Iterator[EpochRecord]:
    """Train `spec` and yield one record per epoch, from epoch 1 on, replayed or trained.

    With a `store` the trial goes on from the deepest state on its chain and leaves states for others; `followers`
    are trials of the same family that are known to come: states are stored where they will leave the common run.
    `demand` tells how many more may come, `may_end` after which epochs the caller may stop. On a CPU the records are
    equal to those without a store, bit for bit, but for `epoch_seconds`. Ends early when training diverges; the last
    record then says so. Sets torch's number of threads for this process.
    """
    yield from records(Trial(spec), store, followers, demand, may_end)


def records(trial: Trial, store: TrajectoryStore | None = None,
            followers: Sequence[TrialSpec] = (), demand: Demand = ALONE,
            may_end: Collection[int] = ()) -> Iterator[EpochRecord]:
    """`epochs` of a trial whose data and method the caller wants to look at as well."""
    prepare_torch(trial.spec)
    state = None
    if store is not None:
        known = list(walk(store, trial.chain))
        if _is_complete(known, trial.spec):
            yield from known
            return
        state = deepest_state(store, trial.chain, known)
    run = TrainingRun(trial.spec, trial.data, trial.method)
    if state is not None:
        run.load(state)
        yield from state.history
    writer = None
    if store is not None:
        methods = [Trial(follower, trial.dataset).method for follower in followers]
        writer = Writer(store, trial, run, methods, demand, may_end)
    yield from _train(trial, run, writer)


def prepare_torch(spec: TrialSpec) -> None:
    """Give this process the threads and the determinism that `spec` asks for."""
    torch.set_num_threads(spec.threads)
    if torch.are_deterministic_algorithms_enabled() != spec.training.deterministic:
        torch.use_deterministic_algorithms(spec.training.deterministic)  # imports torch.compile, which takes a second
    if spec.device == "cuda" and not spec.training.deterministic:
        torch.backends.cudnn.benchmark = True


def _is_complete(known: Sequence[EpochRecord], spec: TrialSpec) -> bool:
    return bool(known) and (len(known) == spec.training.epochs or known[-1].diverged is not None)


def _train(trial: Trial, run: TrainingRun, writer: Writer | None) -> Iterator[EpochRecord]:
    try:
        for epoch in range(len(run.history) + 1, trial.spec.training.epochs + 1):
            record, influence = _one_epoch(trial.chain, run, epoch)
            if writer is not None:
                writer.add(record, influence)
            yield record
            if record.diverged:
                return
    finally:
        if writer is not None:
            writer.journal.flush()


def _one_epoch(chain: Chain, run: TrainingRun, epoch: int) -> tuple[EpochRecord, dict[str, Any]]:
    influence = chain.influence(epoch, run.history)
    before = run.history[-1] if run.history else None
    metrics, diverged = run.train_epoch(epoch)
    signature = chain.after(before.signature if before else chain.root, epoch, influence)
    acts = bool(influence) or (before is not None and before.acts)
    record = EpochRecord(epoch, metrics, signature, acts, diverged)
    run.remember(record)
    return record, influence


class Writer:
    """What a run leaves in the store as it goes."""

    def __init__(self, store: TrajectoryStore, trial: Trial, run: TrainingRun, followers: list[Composition],
                 demand: Demand, may_end: Collection[int]) -> None:
        self.store, self.trial, self.run, self.may_end = store, trial, run, may_end
        self.family = trial.chain.root
        self.journal, self.placement = Journal(store, self.family), CheckpointPolicy(demand)
        self.company = Audience(trial.method, followers, run.history)

    def add(self, record: EpochRecord, influence: dict[str, Any]) -> None:
        """Write the epoch down, and its state where it is worth it; records never lag behind a state."""
        self.journal.add(record, influence)
        if record.epoch == self.trial.spec.training.epochs or record.diverged:
            return
        parting = self.company.parts_after(self.run.history)
        left_alone = record.epoch in self.may_end and not self.company.over
        wanted = self.placement.wanted(record.metrics["epoch_seconds"], base=not record.acts,
                                       branch=parting or left_alone)
        if wanted and not self.store.has_state(self.family, record.signature):
            self.placement.wrote(*self.store.add_state(self.family, self.run.state()))
            self.journal.flush()
