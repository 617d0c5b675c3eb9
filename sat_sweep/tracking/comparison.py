"""MLflow compared with the results of a sweep, without changing anything there; and made equal to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sat_sweep.home import SweepHome
from sat_sweep.home.databases import sqlite_path
from sat_sweep.home.lock import latest_mirror
from sat_sweep.tracking.entries import fingerprint
from sat_sweep.tracking.experiment import known_experiment
from sat_sweep.tracking.process import opened
from sat_sweep.tracking.runs import Known, existing_runs


@dataclass(frozen=True)
class Comparison:
    """How MLflow differs from the results, by the names of trials and studies.

    `lacking` it has not at all or not to the end, `outdated` show another result, `running` are said to run, `twice`
    are there more than once, and of `surplus` trials nobody knows a result.
    """

    lacking: list[str] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)


def compared(uri: str, sweep: SweepHome) -> Comparison:
    """How the MLflow at `uri` differs from the results of `sweep`. Whatever MLflow raises is raised."""
    return _comparison(_shown(uri, sweep), sweep)


def _comparison(shown: Sequence[tuple[str, Known]], sweep: SweepHome) -> Comparison:
    names = {name for name, _ in shown}
    results = {result.name: fingerprint(result) for result in sweep.results()}
    trials = {name: run for name, run in shown if run.kind is None}  # those of studies and methods have one
    return Comparison(
        lacking=[name for name in [*results, *_around(sweep, results)] if name not in names],
        outdated=[name for name, result in results.items() if name in trials and trials[name].result != result],
        running=sorted({name for name, run in shown if run.status == "RUNNING"}),
        twice=[name for name, number in Counter(name for name, _ in shown).items() if number > 1],
        surplus=[name for name in trials if name not in results])


def _around(sweep: SweepHome, results: Mapping[str, str]) -> list[str]:
    """What there is beside the runs of trials: one per study, and the summary of a report."""
    studies = dict.fromkeys(name.rpartition("/")[0] for name in results)
    return [*studies, *(["summary"] if sweep.folder.exists("report/report.json") else [])]


def _shown(uri: str, sweep: SweepHome) -> list[tuple[str, Known]]:
    if (path := sqlite_path(uri)) is not None and not path.exists():
        return []
    client = opened(uri, sweep, lambda: None).client
    experiment = known_experiment(client, sweep)
    return [] if experiment is None else list(existing_runs(client, experiment))


def make_equal(uri: str, sweep: SweepHome) -> None:
    """Bring the MLflow at `uri` up to date as it is while nobody runs `sweep`. Whatever MLflow raises is raised."""
    with latest_mirror(sweep):
        shown, mirror = _shown(uri, sweep), opened(uri, sweep, lambda: None)
        for run in _superfluous(shown, _comparison(shown, sweep).surplus):
            mirror.client.delete_run(run)
        mirror.mirror_all()
        mirror.settle()


def _superfluous(shown: Sequence[tuple[str, Known]], surplus: Collection[str]) -> Iterator[str]:
    """The ids of `surplus` runs, and of all but the last of each that is there more than once."""
    last = {name: run.id for name, run in shown}
    return (run.id for name, run in shown if name in surplus or run.id != last[name])
