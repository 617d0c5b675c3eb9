"""A trial as a generator of epoch records.

    chain   = the signatures of this trial
    known   = the records on it that the store has
    if they reach the end: replay them, nothing is trained
    state   = the deepest stored state on the chain
    replay its history, then for every further epoch: train, record, perhaps store the state
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from sat_sweep.data import (
    Dataset,
    TrialData,
    build_trial_data,
    load,
    part_sizes,
    steps_per_epoch,
)
from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.methods import Composition, Need, Setting, needs, unweighted
from sat_sweep.training.evidence import Evidence, EvidenceStore
from sat_sweep.training.record import EpochRecord
from sat_sweep.training.run import TrainingRun
from sat_sweep.training.spec import TrialSpec
from sat_sweep.training.trajectory.audience import NOBODY, Audience, Branching
from sat_sweep.training.trajectory.signature import Chain
from sat_sweep.training.trajectory.state import State
from sat_sweep.training.trajectory.store import TrajectoryStore, known_records, stored_states
from sat_sweep.training.trajectory.writer import TrajectoryWriter


@dataclass
class Trial:
    """A spec with its data and method; each part is made when it is first needed."""

    spec: TrialSpec
    given: Dataset | None = field(default=None, repr=False)
    """The data, where the caller has them; else they are loaded."""
    store_problem: str | None = None
    """Why training went on without the trajectory store, if it did."""
    evidence: EvidenceStore | None = field(default=None, repr=False)
    """Where a confirmation is to leave what it knows of the labels."""

    @cached_property
    def dataset(self) -> Dataset:
        """The data, to be read only."""
        return self.given or load(self.spec.dataset)

    @cached_property
    def data(self) -> TrialData:
        """The data with noise and split of this trial."""
        return build_trial_data(self.dataset, self.spec.noise, labelled=self.spec.dataset.labelled, **self._split)

    @property
    def _split(self) -> dict[str, Any]:
        """How the training set is split, as `build_trial_data` and `part_sizes` take it."""
        return {"seed": self.spec.seed, "train_on": self.spec.train_on, "trusted": self.trusted,
                "validation_fraction": self.spec.dataset.validation_fraction}

    @cached_property
    def _sizes(self) -> tuple[int, int]:
        return part_sizes(self.dataset, self.spec.noise, **self._split)

    @property
    def trusted(self) -> int | None:
        """How many trusted examples are cut from the training set; only a method that needs them gives up as many."""
        return self.spec.dataset.trusted if Need.TRUSTED in needs(self.spec.method) else None

    @cached_property
    def method(self) -> Composition:
        """The method with this trial's parameters.

        Needs the sizes of the data, not their noise and split, unless it is groups that are split.
        """
        return self.method_of(self.spec.method, self.spec.parameters)

    def method_of(self, method: str, parameters: dict[str, Any]) -> Composition:
        """`method` with these `parameters` on the same data, as it would be in this trial."""
        spec, (examples, held_out) = self.spec, self._sizes
        if self.dataset.weights is not None and (reason := unweighted(method)):
            raise UserError(reason)
        setting = Setting(spec.training.epochs, steps_per_epoch(examples, spec.training.batch_size),
                          spec.dataset.labelled or examples, self.dataset.num_classes, spec.seed,
                          spec.task.selection, bool(held_out), getattr(spec.model, "width", None))
        return Composition(method, parameters, setting)

    @cached_property
    def chain(self) -> Chain:
        """The signatures of this trial."""
        return Chain(self.spec, self.dataset, self.method)

    def forget_method(self) -> None:
        """Have the method made anew when it is next needed: this one remembers a run that came to nothing."""
        for name in ("method", "chain"):
            self.__dict__.pop(name, None)


def epochs(spec: TrialSpec, store: TrajectoryStore | None = None, audience: Audience = NOBODY) -> Iterator[EpochRecord]:
    """Train `spec` and yield one record per epoch, from epoch 1 on, replayed or trained.

    With a `store` the trial goes on from the deepest state on its chain and leaves states for its `audience`. On a
    CPU the records are equal to those without a store, bit for bit, but for `epoch_seconds`. Ends early when training
    diverges; the last record then says so. Sets torch's number of threads for this process.
    """
    yield from records(Trial(spec), store, audience)


def records(trial: Trial, store: TrajectoryStore | None = None, audience: Audience = NOBODY) -> Iterator[EpochRecord]:
    """`epochs` of a trial whose data and method the caller wants to look at as well."""
    prepare_torch(trial.spec)
    known = _known(trial, store)
    if _is_complete(known, trial):
        yield from known
        return
    for epoch in _attempted(trial, store, audience, known):
        yield epoch.record


def final_run(trial: Trial, store: TrajectoryStore | None = None,
              told: Callable[[EpochRecord], None] = lambda record: None) -> TrainingRun:
    """The run of `trial` after its last epoch, for whoever wants its weights, which no store has.

    Trained from the deepest state in `store` on, also where every record is known; `told` gets each epoch.
    """
    prepare_torch(trial.spec)
    for epoch in _attempted(trial, store, NOBODY, _known(trial, store)):
        if not epoch.replayed:
            told(epoch.record)
    return epoch.run


class _Epoch(NamedTuple):
    """The record of an epoch and the run that it is of; whether that has it from its state."""

    record: EpochRecord
    run: TrainingRun
    replayed: bool


def _attempted(trial: Trial, store: TrajectoryStore | None, audience: Audience,
               known: Sequence[EpochRecord]) -> Iterator[_Epoch]:
    """Every epoch of `trial` once: what its state had, and what is trained from there.

    A state may have passed every check, and still the very first epoch after it cannot be trained: then the trial goes
    on from the state before it, as if this one were not there. If it was the trial's fault, that soon happens again.
    """
    told = 0
    for run, is_last in _runs(trial, store, known):
        began = len(run.history)
        try:
            for record in itertools.chain(tuple(run.history), _train(trial, run, _writer(trial, run, store, audience))):
                if record.epoch > told:
                    told = record.epoch
                    yield _Epoch(record, run, record.epoch <= began)
            return
        except Exception as error:
            if is_last or run.epoch > began + 1 or isinstance(error, OSError | MemoryError):
                raise


def _runs(trial: Trial, store: TrajectoryStore | None,
          known: Sequence[EpochRecord]) -> Iterator[tuple[TrainingRun, bool]]:
    """Runs that `trial` may go on with, and whether each is the last: from its deepest state, …, from nothing."""
    for state in _states(trial, store, known):
        run = TrainingRun(trial.spec, trial.data, trial.method)
        if run.load(state):
            yield run, False
        trial.forget_method()
    yield TrainingRun(trial.spec, trial.data, trial.method), True


def _known(trial: Trial, store: TrajectoryStore | None) -> list[EpochRecord]:
    """The records of `trial` that the store has, from the first epoch on."""
    try:
        return list(known_records(store, trial.chain)) if store is not None else []
    except OSError as error:
        trial.store_problem = f"{_UNREADABLE}: {error}"
        return []


def _states(trial: Trial, store: TrajectoryStore | None, known: Sequence[EpochRecord]) -> Iterator[State]:
    if store is None:
        return
    try:
        yield from stored_states(store, trial.chain, known)
    except OSError as error:
        trial.store_problem = f"{_UNREADABLE}: {error}"


_UNREADABLE = "the trajectory store cannot be read, training goes on without it"


def prepare_torch(spec: TrialSpec) -> None:
    """Give this process the threads and the determinism that `spec` asks for."""
    torch.set_num_threads(spec.threads)
    if torch.are_deterministic_algorithms_enabled() != spec.training.deterministic:
        torch.use_deterministic_algorithms(spec.training.deterministic)  # imports torch.compile, which takes a second
    if spec.device == "cuda" and not spec.training.deterministic:
        torch.backends.cudnn.benchmark = True


def _is_complete(known: Sequence[EpochRecord], trial: Trial) -> bool:
    """Whether nothing is left to train: all epochs are `known`, and the evidence of a confirmation is there."""
    if not known or known[-1].diverged is not None:
        return bool(known)
    evident = trial.evidence is None or not trial.spec.confirms or trial.evidence.has(known[-1].signature)
    return len(known) == trial.spec.training.epochs and evident


def _writer(trial: Trial, run: TrainingRun, store: TrajectoryStore | None,
            audience: Audience) -> TrajectoryWriter | None:
    """None where there is no store, or none that could be read."""
    if store is None or trial.store_problem is not None:
        return None
    followers = [trial.method_of(*follower) for follower in audience.followers]
    return TrajectoryWriter(store, trial.chain.root, Branching(trial.method, followers, run.history), audience)


def _train(trial: Trial, run: TrainingRun, writer: TrajectoryWriter | None) -> Iterator[EpochRecord]:
    """Whoever is told of an epoch may rely on its state, so records are held back until those are stored."""
    total = trial.spec.training.epochs
    held: list[EpochRecord] = []
    try:
        for epoch in range(len(run.history) + 1, total + 1):
            record, influence = _one_epoch(trial.chain, run, epoch)
            held.append(record)
            last = record.diverged is not None or epoch == total
            if epoch == total and record.diverged is None:
                _keep_evidence(trial, run)
            if _told(trial, run, writer, influence, last=last):
                yield from held
                held.clear()
            if last:
                return
    finally:
        if writer is not None:
            writer.close()
            trial.store_problem = writer.problem


def _keep_evidence(trial: Trial, run: TrainingRun) -> None:
    evidence = Evidence.of(run, trial.data, len(trial.dataset.labels)) if trial.evidence is not None else None
    if trial.evidence is None or evidence is None:
        return
    try:
        trial.evidence.add(run.history[-1].signature, evidence)
    except OSError as error:
        trial.store_problem = f"what was learned of the labels cannot be written: {error}"


def _told(trial: Trial, run: TrainingRun, writer: TrajectoryWriter | None, influence: dict[str, Any], *,
          last: bool) -> bool:
    """Write down the latest epoch of `run`; whether the store has all that others will look for there by now."""
    if writer is None:
        return True
    record = run.history[-1]
    writer.add(record, influence, run.history, run.state, last=last)
    if last:
        writer.close()
    told = last or writer.settled(record)
    trial.store_problem = writer.problem
    return told


def _one_epoch(chain: Chain, run: TrainingRun, epoch: int) -> tuple[EpochRecord, dict[str, Any]]:
    influence = chain.influence(epoch, run.history)
    before = run.history[-1] if run.history else None
    metrics, diverged = run.train_epoch(epoch)
    signature = chain.after(before.signature if before else chain.root, epoch, influence)
    acts = bool(influence) or (before is not None and before.acts)
    record = EpochRecord(epoch, metrics, signature, acts, diverged, trained=run.repeated is None)
    run.remember(record)
    return record, influence
