"""The search of one study: a pure function of the trials that have ended, whoever ran them and in which order.

A study asks for `batch` trials at a time, the next batch when all of the last have ended. Three things make the
answer independent of workers, timing and crashes:

- trial n is drawn by a sampler of its own, seeded by n (and, once it learns from other trials, by study);
- the sampler sees `view`, an Optuna study in memory in which earlier batches are finished and the trials of its own
  batch are running and have no values, also when some of them have long ended;
- the pruner compares a trial with earlier batches alone, after the same epochs, in whatever order reports arrive.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from sat_sweep.config.study import Study
from sat_sweep.search.samplers import STARTUP, ByName, distribution, independent, milestones, pruner, rungs, sampler
from sat_sweep.search.study_storage import StoredStudy, direction

REASON = "reason"


@dataclass
class Asked:
    """A trial of the search: its number, its settings, and once it has ended how."""

    number: int
    values: dict[str, Any]
    state: TrialState = TrialState.RUNNING
    value: float | None = None
    reason: str | None = None
    reports: dict[int, float] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether it is over, however it went."""
        return bool(self.state.is_finished())

    @property
    def usable(self) -> bool:
        """Whether it may win: it ran to its end and did not break down."""
        return self.state == TrialState.COMPLETE and self.reason is None


class EarlierBatches:
    """The view as a pruner may see it: without the trials of the batch that is running."""

    def __init__(self, view: optuna.Study, before: int) -> None:
        self._view, self._before = view, before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)

    def get_trials(self, *args: Any, **kwargs: Any) -> list[FrozenTrial]:
        """As Optuna's own."""
        return [trial for trial in self._view.get_trials(*args, **kwargs) if trial.number < self._before]


class StudySearch:
    """Asks, prunes and remembers for one study; continues from whatever `storage` has.

    `total` is how many trials count: all of the study, or the first `most` where a budget has ended the search.
    """

    def __init__(self, study: Study, storage: StoredStudy, most: int | None = None) -> None:
        self.study, self.storage = study, storage
        self.total = min(study.trials, most or study.trials)
        self.trials: list[Asked] = []
        self._measure = study.space.judging_task.selection.measure
        self.distributions = {d.name: distribution(d) for d in study.dimensions}
        settings, epochs = study.space.search.pruner, study.space.training.epochs
        self._pruner = pruner(settings, study.grace())
        self.rungs = rungs(settings, epochs, study.grace())
        self.milestones = milestones(settings, epochs, study.grace())
        self._closed = self._ended = 0
        self._winner: Asked | None = None
        self._known: dict[int, dict[str, Any]] = {}
        self._view: optuna.Study | None = None
        self._unseen = sorted(storage.stored, key=lambda trial: trial.number)[: study.trials]
        for trial in self._unseen:
            self._continue_from(trial)

    # Asking

    @property
    def finished(self) -> bool:
        """Whether all trials that count have ended."""
        return self._ended == self.total

    @property
    def behind(self) -> int:
        """How many trials have ended, up to the first that has not."""
        return next((trial.number for trial in self.trials if not trial.ended), len(self.trials))

    def cut(self, total: int) -> None:
        """From now on only the first `total` trials count, which have ended, and no further one is asked for."""
        self.total, self._ended, self._winner = min(self.total, total), 0, None
        for trial in self.trials:
            self._count(trial)

    @property
    def ready(self) -> bool:
        """Whether further trials can be asked for now; a batch that learns nothing from others need not wait."""
        if len(self.trials) >= self.total:
            return False
        in_the_middle_of_a_batch = len(self.trials) % self.study.batch != 0
        return in_the_middle_of_a_batch or self._ended == len(self.trials) or not self._learns

    @property
    def _learns(self) -> bool:
        """Whether anything about a trial depends on how earlier ones went."""
        search = self.study.space.search
        return search.sampler != "random" or search.pruner.name != "none"

    def ask(self) -> list[Asked]:
        """The rest of the current batch, drawn and written down; call it only when `ready`."""
        self._close_batches(len(self.trials))
        start = self._batch_start(len(self.trials))
        end = min(start + self.study.batch, self.total)
        asked = [self._draw(number) for number in range(len(self.trials), end)]
        for trial in asked:
            self.storage.asked(trial.number, trial.values, self.distributions)
        return asked

    def _draw(self, number: int) -> Asked:
        space = self.study.space
        self.view.sampler = sampler(space.search.sampler, space.seed, self.study.identity, number)
        drawn = self.view.ask(fixed_distributions=self.distributions)
        assert drawn.number == number
        self.trials.append(Asked(number, dict(drawn.params)))
        return self.trials[-1]

    def foreseen(self) -> dict[int, dict[str, Any]]:
        """Settings of the next trials by number, as far as they do not depend on how others go."""
        start, name = len(self.trials), self.study.space.search.sampler
        coming = range(start, min(start + STARTUP, self.total))
        return {number: self._values(number) for number in coming if independent(name, number)}

    def _values(self, number: int) -> dict[str, Any]:
        if number not in self._known:
            source = ByName(self.study.space.seed, number)
            self._known[number] = {name: source.sample_independent(self.view, None, name, wanted)
                                   for name, wanted in self.distributions.items()}
        return self._known[number]

    def is_first_batch(self, number: int) -> bool:
        """Whether trial `number` has no earlier batch to be compared with, so that nothing prunes it."""
        return self._batch_start(number) == 0

    def _batch_start(self, number: int) -> int:
        return number - number % self.study.batch

    # Reporting

    def report(self, number: int, epoch: int, value: float) -> bool:
        """Tell the score after `epoch`, one of the milestones, and whether the pruner wants trial `number` to end.

        A trial that has ended runs again where its result was lost; it ends where it did, and nothing is learnt anew.
        """
        trial = self.trials[number]
        if trial.ended:
            return trial.state == TrialState.PRUNED and epoch == max(trial.reports, default=0)
        trial.reports[epoch] = value
        self.storage.reported(number, epoch, value)
        return self._asks_to_prune(number, epoch)

    def _asks_to_prune(self, number: int, epoch: int) -> bool:
        if epoch not in self.rungs:
            return False
        earlier = EarlierBatches(self.view, self._batch_start(number))
        trial = copy.copy(self.view.get_trials(deepcopy=False)[number])
        reports = self.trials[number].reports
        trial.intermediate_values = {e: v for e, v in reports.items() if e <= epoch}
        return bool(self._pruner.prune(earlier, trial))

    def finish(self, number: int, state: TrialState, value: float | None, reason: str | None = None) -> None:
        """Trial `number` has ended, for the first time; a `reason` means that it broke down and cannot win."""
        if self.trials[number].ended:
            return
        self._end(self.trials[number], state, value, reason)
        self.storage.finished(number, state, value, reason)

    def _end(self, trial: Asked, state: TrialState, value: float | None, reason: str | None) -> None:
        trial.state, trial.value, trial.reason = state, value, reason
        self._count(trial)

    def _count(self, trial: Asked) -> None:
        if not trial.ended or trial.number >= self.total:
            return
        self._ended += 1
        if trial.usable and (self._winner is None or self._rank(trial) > self._rank(self._winner)):
            self._winner = trial

    def _rank(self, trial: Asked) -> tuple[float, int]:
        """Larger is better."""
        value = self._measure.worst if trial.value is None else trial.value
        return self._measure.sign * value, -trial.number

    def winner(self) -> Asked | None:
        """The usable trial with the best score, the earliest of equals."""
        return self._winner

    # The view

    @property
    def view(self) -> optuna.Study:
        """What the sampler sees. Stored trials come into it when it is first needed: a restart opens many studies."""
        if self._view is None:
            self._view = optuna.create_study(direction=direction(self._measure))
            for stored in self._unseen:
                self._show(stored)
        return self._view

    def _show(self, stored: FrozenTrial) -> None:
        """A stored trial, as if it had just been asked for and, if it ended, had reported all over again."""
        self._close_batches(stored.number)
        self.view.add_trial(optuna.trial.create_trial(state=TrialState.RUNNING, params=stored.params,
                                                      distributions=stored.distributions))
        if stored.state.is_finished():
            for epoch in sorted(stored.intermediate_values):
                self._asks_to_prune(stored.number, epoch)

    def _close_batches(self, coming: int) -> None:
        """Let the view know how the trials of all batches before that of trial `coming` ended, in their order."""
        view = self.view  # in which stored batches are closed once it is there
        for trial in self.trials[self._closed: self._batch_start(coming)]:
            if not trial.ended:
                return
            self._close(view, trial)
            self._closed += 1

    def _close(self, view: optuna.Study, trial: Asked) -> None:
        storage, trial_id = view._storage, view.get_trials(deepcopy=False)[trial.number]._trial_id
        for epoch, value in sorted(trial.reports.items()):
            storage.set_trial_intermediate_value(trial_id, epoch, value)
        storage.set_trial_state_values(trial_id, trial.state, None if trial.value is None else [trial.value])

    def _continue_from(self, stored: FrozenTrial) -> None:
        trial = Asked(stored.number, dict(stored.params))
        self.trials.append(trial)
        if stored.state.is_finished():
            trial.reports = dict(sorted(stored.intermediate_values.items()))
            value = stored.value if stored.state == TrialState.COMPLETE else None
            self._end(trial, stored.state, value, stored.user_attrs.get(REASON))
