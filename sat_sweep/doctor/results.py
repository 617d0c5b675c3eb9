"""The results: whether each is whole and can have happened, and whether there are as many as there should be."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sat_sweep.config.study import Study
from sat_sweep.doctor.finding import Finding, listed
from sat_sweep.doctor.subject import Subject
from sat_sweep.home import Result, trial_name

SLACK = 86400.0
"""Seconds by which a clock may have been wrong when a trial ended. One that took local time for universal time, or was
set back since, was wrong by hours, and its trials are sound all the same."""
AGAIN = "`resume` trains it again, from the last epoch that is stored"


def check(subject: Subject) -> Iterator[Finding]:
    """All of it; numbers only where the sweep says that it has finished."""
    for name, damage in subject.damaged.items():
        yield Finding("results", f"the result {name} cannot be used: {damage}", AGAIN)
    studies = {study.key: study for study in subject.plan.studies}
    for name, result in subject.results.items():
        for what in wrong_with(result, studies.get(result.study)):
            yield Finding("results", f"{name}: {what}", AGAIN)
    if subject.finished and not subject.driven:
        yield from _numbers(subject)


def wrong_with(result: Result, study: Study | None) -> Iterator[str]:
    """What cannot be so in a result of `study`, in words; None for a study that the sweep does not have."""
    if study is None:
        yield "the sweep has no such study"
        return
    if result.spec != _asked(study, result):
        yield "it is of other settings than the sweep asks for"
    epochs = [record["epoch"] for record in result.history]
    if epochs != list(range(1, len(epochs) + 1)):
        yield f"its epochs are not 1 to {len(epochs)}, each once"
    if len({record["signature"] for record in result.history}) < len(epochs):
        yield "two of its epochs are the same"
    if result.state == "complete" and len(epochs) != study.space.training.epochs and not _diverged(result):
        yield f"it is complete after {len(epochs)} of {study.space.training.epochs} epochs"
    if not 0 <= result.epochs_trained <= len(epochs):
        yield f"{result.epochs_trained} epochs were trained for {len(epochs)}"
    if not 0 < result.started <= result.ended <= time.time() + SLACK:
        yield f"it began at {result.started:.0f} and ended at {result.ended:.0f}, in seconds since 1970"


def _asked(study: Study, result: Result) -> object:
    values: Any = result.values
    try:
        spec = study.search_spec(values) if result.stage == "search" else study.confirm_spec(values, result.number)
    except (TypeError, ValueError):  # values of another search
        return None
    return spec.model_dump(mode="json")


def _diverged(result: Result) -> bool:
    return bool(result.history) and bool(result.history[-1].get("diverged"))


def _numbers(subject: Subject) -> Iterator[Finding]:
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for result in subject.results.values():
        found[result.study, result.stage].add(result.number)
    for study in subject.plan.studies:
        searched = subject.record.searched.get(study.key, study.trials)
        missing = [trial_name(study.key, "search", n) for n in range(searched) if n not in found[study.key, "search"]]
        if _has_winner(subject.results.values(), study.key):
            missing += [trial_name(study.key, "confirm", n) for n in range(study.space.confirm.seeds)
                        if n not in found[study.key, "confirm"]]
        if missing:
            yield Finding("results", f"the sweep says that it has finished, and lacks {listed(missing)}",
                          "`resume` trains what is missing")
        if extra := sorted(found[study.key, "search"] - set(range(study.trials))):
            names = listed([trial_name(study.key, "search", number) for number in extra])
            yield Finding("results", f"{study.key} has {study.trials} trials, and results of more: {names}",
                          "nothing reads them; delete the files if you know where they are from")


def _has_winner(results: Iterable[Result], study: str) -> bool:
    return any(r.study == study and r.stage == "search" and r.state == "complete" and r.reason is None for r in results)


def most_at_once(results: Mapping[str, Result]) -> int:
    """How many trials ran at the same time at most, by their workers' own clocks."""
    moments = sorted([(result.started, 1) for result in results.values()]
                     + [(result.ended, -1) for result in results.values()])
    running = most = 0
    for _, step in moments:
        running += step
        most = max(most, running)
    return most
