"""From a sweep home to its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sat_sweep.home import Result, SweepHome
from sat_sweep.report.gather import Gathered, Totals, counts, describe_failure
from sat_sweep.report.measures import best_accuracy, last_accuracy
from sat_sweep.report.model import Measure, Report, Row
from sat_sweep.report.statistics import interval, paired


def build_report(sweep: SweepHome, *, out: Path | None = None) -> Report:
    """The report of `sweep` as its result files are now; also written to the folder `out` if one is given.

    Studies without confirmed seeds have rows too, with None where a number is still missing.
    """
    record = sweep.describe()
    about = record.to_json() if record is not None else {}
    studies, totals = _gather(sweep, about)
    space = about.get("space") or {}
    baseline = space.get("baseline") or next(iter(space.get("methods") or ()), None)
    seeds = (space.get("confirm") or {}).get("seeds")
    rows = _compared([_row(key, study, seeds) for key, study in studies.items()], baseline)
    report = Report(sweep.name, rows, totals.compute(), baseline, about, sweep.space_text())
    if out is not None:
        from sat_sweep.report.writing import write

        write(report, out)
    return report


def _gather(sweep: SweepHome, about: dict[str, Any]) -> tuple[dict[str, Gathered], Totals]:
    """The studies in table order; without a list in sweep.json in the order of their results."""
    listed = about.get("studies") or []
    studies = {study["key"]: Gathered(study["method"], study["noise"], study.get("rate")) for study in listed}
    totals = Totals()
    for result in sweep.results():
        if not listed:
            studies.setdefault(result.study, Gathered(result.method, result.noise, result.rate))
        if result.study in studies:
            studies[result.study].add(result)
            totals.add(result)
    return studies, totals


def _row(key: str, study: Gathered, seeds: int | None) -> Row:
    confirmations = study.current(seeds)
    score, values = study.winner or (None, {})
    failed = [describe_failure(result) for result in confirmations if result.state == "failed"]
    return Row(
        key=key, method=study.method, noise=study.noise, rate=study.rate,
        error_rate=study.error_rate(confirmations),
        last=_measure(confirmations, last_accuracy), best=_measure(confirmations, best_accuracy),
        trials=study.trials, confirmed=counts(Counter(result.state for result in confirmations)),
        settings=confirmations[0].values if confirmations else values, score=score,
        failures=(*study.failures, *failed), confirmations=confirmations,
    )


def _measure(results: Sequence[Result], accuracy: Callable[[Result], float | None]) -> Measure:
    """A seed that failed counts with what it had reached: leaving it out would reward the failure."""
    by_seed = {result.seed: value for result in results if (value := accuracy(result)) is not None}
    return Measure(by_seed, interval(list(by_seed.values())))


def _compared(rows: Sequence[Row], baseline: str | None) -> tuple[Row, ...]:
    """The rows with their differences to the baseline at the same noise."""
    reference = {row.noise: row for row in rows if row.method == baseline}
    return tuple(_against(row, reference.get(row.noise)) for row in rows)


def _against(row: Row, reference: Row | None) -> Row:
    if reference is None or reference.method == row.method:
        return row
    last, best = _difference(row.last, reference.last), _difference(row.best, reference.best)
    return replace(row, last=last, best=best)


def _difference(ours: Measure, theirs: Measure) -> Measure:
    difference = paired(ours.by_seed, theirs.by_seed)
    return replace(ours, difference=difference) if difference.count else ours
