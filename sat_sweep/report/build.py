"""From a sweep home to its report."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from sat_sweep.errors import UserError
from sat_sweep.home import StudyRecord, SweepHome, SweepRecord, baseline_of
from sat_sweep.report.budget import budget_use
from sat_sweep.report.comparisons import compared
from sat_sweep.report.gather import Gathered, Totals, counts, describe_failure
from sat_sweep.report.given_labels import are_true
from sat_sweep.report.learnt.method import learnt
from sat_sweep.report.measures import measured
from sat_sweep.report.report import Compute, Report
from sat_sweep.report.rows import Epoch, Row
from sat_sweep.report.statistics import paired

if TYPE_CHECKING:
    from sat_sweep.tasks import Task


def build_report(sweep: SweepHome) -> Report:
    """The report of `sweep` as its result files are now.

    Studies without confirmed seeds have rows too, with None where a number is still missing.
    """
    record = sweep.describe() or SweepRecord(sweep.name)
    task = task_of(record.space)
    empty = Report(sweep.name, (), Compute(), _baseline(record), task, record, sweep.space_text())
    studies, totals = _gather(sweep, empty)
    report = replace(empty, compute=totals.compute(), budget=budget_use(record, totals.spans))
    rows = sorted((_row(report, study) for study in studies), key=lambda row: bool(row.told))
    answer = report.measure if are_true(report) else None
    return compared(replace(report, rows=tuple(rows), learnt=learnt(rows, record, report.selection, answer)))


def _baseline(record: SweepRecord) -> str | None:
    told = {study.method for study in record.studies if study.told}
    return baseline_of(record.space.get("baseline"),
                       {method: method in told for method in record.space.get("methods") or ()})


def task_of(space: dict[str, Any]) -> Task:
    """The task that a resolved space file is about, and what it goes by; classification where it names none.

    Loads the file's plug-ins for a task of theirs. Raises UserError for one that is not registered.
    """
    from sat_sweep.imports.plugins import load_all  # brings pydantic
    from sat_sweep.tasks import tasks

    settings = space.get("task") or {"name": "classification"}
    try:
        if settings["name"] not in tasks:
            load_all(plugin["source"] for plugin in space.get("plugins", ()))
        asked = (space.get("search") or {}).get("select_by")
        return tasks[settings["name"]].model_validate(settings).selecting_by(asked)
    except (KeyError, ValueError) as error:  # pydantic's too
        raise UserError(f"the sweep's record names no task that there is: {str(error).splitlines()[0]}") from None


def _gather(sweep: SweepHome, report: Report) -> tuple[list[Gathered], Totals]:
    """The studies in table order; without a list in the sweep's record in the order of their results."""
    record = report.record
    gathered = partial(Gathered, task=report.task, epoch=report.judged_by)
    studies = {study.key: gathered(study) for study in record.studies}
    totals = Totals()
    for result in sweep.results():
        if not record.studies and result.study not in studies:
            study = StudyRecord(result.study, result.method, result.noise, result.rate, vary=result.vary)
            studies[study.key] = gathered(study)
        if result.study in studies:
            totals.add(result)
            if record.counts(result.study, result.stage, result.number):
                studies[result.study].add(result)
    return list(studies.values()), totals


def _row(report: Report, gathered: Gathered) -> Row:
    study, winner = gathered.study, gathered.winner
    confirmations = gathered.current(report.record.seeds)
    failed = [describe_failure(result) for result in confirmations if result.state == "failed"]
    selection = report.task.selection
    further = {measure.name: measured(confirmations, measure, report.judged_by, selection).summary
               for measure in report.also_measured}
    last, best = (measured(confirmations, report.measure, epoch, selection) for epoch in get_args(Epoch))
    gap = paired(last.by_seed, best.by_seed, report.measure.bounds)
    return Row(
        key=study.key, method=study.method, noise=study.noise, rate=study.rate, vary=study.vary,
        error_rate=gathered.error_rate(confirmations),
        last=last, best=best, gap=gap if gap.count else None,
        further={name: summary for name, summary in further.items() if summary.count},
        trials=gathered.trials, confirmed=counts(Counter(result.state for result in confirmations)),
        settings=confirmations[0].values if confirmations else winner.values if winner else {},
        score=winner.value if winner else None,
        failures=(*gathered.failures, *failed), confirmations=confirmations, told=tuple(study.told),
        tried=tuple(gathered.tried), winner=winner.number if winner else None,
    )
