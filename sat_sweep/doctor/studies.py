"""Optuna's studies, compared with the results that they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from sat_sweep.config.study import Study
from sat_sweep.doctor.finding import Finding, listed
from sat_sweep.doctor.subject import Subject
from sat_sweep.errors import UserError
from sat_sweep.home import Result, trial_name
from sat_sweep.search.stored_trials import StoredTrial, forget_study, stored_trials

ANEW = "made again from the results"
STATES = {"complete": {"complete", "failed"}, "pruned": {"pruned"}, "fail": {"failed"}}
"""What results may say of a trial that Optuna has in a state: one that broke down is complete with its worst score."""


def check(subject: Subject) -> Iterator[Finding]:
    """Whether every trial with a result is there, as the result has it, and whether one is stuck.

    A trial that runs is none where a launch will issue it again: only a sweep that has finished has no use for it.
    """
    try:
        stored = stored_trials(subject.studies_url, subject.plan.studies)
    except UserError as error:
        yield Finding("studies", str(error), "see to it that the storage can be reached, or name another one")
        return
    for study in subject.plan.studies:
        searched = {r.number: r for r in subject.results.values() if (r.study, r.stage) == (study.key, "search")}
        for what in _differences(subject, study, stored.get(study.key), searched):
            yield Finding("studies", f"{study.key}: {what}", ANEW, partial(forget_study, subject.studies_url, study))


def _differences(subject: Subject, study: Study, stored: Sequence[StoredTrial] | None,
                 results: dict[int, Result]) -> Iterator[str]:
    if stored is None:
        if results:
            yield f"the study storage does not know it, though there are {len(results)} results"
        return
    known = {trial.number: trial for trial in stored}
    if missing := sorted(results.keys() - known.keys()):
        yield f"the study storage lacks {listed(_named(study, missing))}"
    if other := sorted(n for n in results.keys() & known.keys() if not _agree(known[n], results[n])):
        yield f"the study storage has another end of {listed(_named(study, other))}"
    running = sorted(number for number, trial in known.items() if trial.state == "running")
    if running and subject.finished and not subject.driven:
        yield f"the study storage has {listed(_named(study, running))} running, and the sweep has finished"


def _agree(trial: StoredTrial, result: Result) -> bool:
    """A trial that still runs for the storage is one of which the end was not written yet: a launch does it."""
    if trial.state not in STATES:
        return True
    return result.state in STATES[trial.state] and (trial.state != "complete" or trial.value == result.value)


def _named(study: Study, numbers: Sequence[int]) -> list[str]:
    return [trial_name(study.key, "search", number) for number in numbers]
