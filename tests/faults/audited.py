"""What a round must not have done: checked with the code of `doctor`, and against the undisturbed sweep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sat_sweep.doctor import Subject, audit, repair
from sat_sweep.doctor.results import most_at_once
from sat_sweep.search.stored_trials import stored_trials
from tests.faults.round import STUCK, WORKERS, Round
from tests.tracking.mirrored_home import close_databases

KEPT_SESSIONS = 1
"""Of Ray's own folders the newest stays, for its logs."""


def violations(this: Round, reference: tuple[Mapping[str, Any], Mapping[str, Any]],
               statuses: frozenset[int], *, damages: bool = False, one_clock: bool = True) -> list[str]:
    """Everything that must not be after `this` round; `statuses` are those with which a launch may end.

    Where the fault `damages` files, some may still be damaged that nobody has looked at: `doctor --fix` must find them.
    Without `one_clock` nobody can tell from their times which trials ran at once.
    """
    found = [*_ends(this, statuses), *_processes(this)]
    if this.launches[-1].status == 0:
        found += [*_audit(this, damages), *_trials(this), *_answer(this, reference), *_epochs(this), *_files(this)]
        found += _at_once(this) if one_clock else []
    return found


def _ends(this: Round, statuses: frozenset[int]) -> Iterator[str]:
    """Every launch ends as it may, and none shows a traceback."""
    for number, launch in enumerate(this.launches, start=1):
        if launch.status == STUCK:
            yield f"launch {number} did not end"
        elif launch.status not in statuses:
            yield f"launch {number} ended with status {launch.status}: {launch.said[-2000:]}"
        if "Traceback" in launch.said:
            yield f"launch {number} shows a traceback: {launch.said[-4000:]}"
    if this.launches[-1].status != 0:
        yield f"it is not done after {len(this.launches)} launches"


def _processes(this: Round) -> Iterator[str]:
    for command in this.strays():
        yield f"a process is left: {command[:200]}"


def _audit(this: Round, damages: bool) -> Iterator[str]:
    findings = audit(subject := Subject.named("tiny", this.lab.place, machine=False))
    if damages and repair(subject, findings):
        findings = audit(Subject.named("tiny", this.lab.place, machine=False))
    for finding in findings:
        yield f"doctor: {finding.part}: {finding.what}"
    close_databases()


def _trials(this: Round) -> Iterator[str]:
    """Optuna has each trial once, and none that runs."""
    subject = Subject.named("tiny", this.lab.place, machine=False)
    for key, trials in stored_trials(subject.studies_url, subject.plan.studies).items():
        searched = [r.number for r in subject.results.values() if (r.study, r.stage) == (key, "search")]
        if sorted(trial.number for trial in trials) != sorted(searched):
            yield f"{key}: {len(trials)} trials are stored, {len(searched)} have a result"
        yield from (f"{key}: trial {trial.number} still runs" for trial in trials if trial.state == "running")


def _answer(this: Round, reference: tuple[Mapping[str, Any], Mapping[str, Any]]) -> Iterator[str]:
    """Equal to the bit."""
    results, report = reference
    found = this.lab.results()
    if found.keys() != results.keys():
        yield f"other trials: {sorted(found.keys() ^ results.keys())}"
    yield from (f"another result of {name}" for name in found.keys() & results.keys() if found[name] != results[name])
    if this.lab.report() != report:
        yield "another report"


def _at_once(this: Round) -> Iterator[str]:
    """Never more trials than workers."""
    workers = 1 if this.serial else WORKERS
    most = most_at_once({result.name: result for result in this.lab.sweep.results()})
    if most > workers:
        yield f"{most} trials at once on {workers} workers"


def _epochs(this: Round) -> Iterator[str]:
    """No epoch is trained again whose state was stored when the sweep was launched again."""
    trained = this.trained_epochs()
    for before, stored in this.known_at_relaunch:
        if again := set(trained[before:]) & stored & set(trained[:before]):
            yield f"{len(again)} epochs were trained again of which states were stored"


def _files(this: Round) -> Iterator[str]:
    """In the temporary folder nothing but Ray's last session, in shared memory nothing of this round."""
    others = [path.name for path in this.temporary.iterdir() if path.name != "ray"]
    if others:
        yield f"temporary files are left: {sorted(others)[:5]}"
    sessions = [path for path in (this.temporary / "ray").glob("session_2*") if path.is_dir()]
    if len(sessions) > KEPT_SESSIONS:
        yield f"{len(sessions)} sessions of Ray are left"
    hidden = [str(path.relative_to(this.home)) for path in this.home.rglob(".*") if not path.name.endswith(".lock")]
    if hidden:
        yield f"hidden files are left in the home: {sorted(hidden)[:5]}"


