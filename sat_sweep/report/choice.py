"""Which studies of a sweep a user means, and which of their trials has won."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from sat_sweep.errors import UserError, did_you_mean
from sat_sweep.home import Result, StudyRecord, SweepHome, SweepRecord, condition_label, is_called
from sat_sweep.report.build import task_of
from sat_sweep.report.winner import winner


def winning_trial(sweep: SweepHome, studies: Sequence[StudyRecord]) -> Result | None:
    """The best search trial of `studies` by noisy validation, the first of equals; None while none is complete."""
    record = sweep.describe() or SweepRecord(sweep.name)
    keys = [study.key for study in studies]
    trials = sorted((result for result in sweep.results()
                     if result.study in keys and record.counts(result.study, result.stage, result.number)),
                    key=lambda result: (keys.index(result.study), result.number))
    return winner(trials, task_of(record.space).selection.measure)


def chosen_studies(studies: Sequence[StudyRecord], method: str | None,
                   noise: str | None) -> tuple[list[StudyRecord], list[str]]:
    """Those of one `method` under one condition, and the methods that were left out.

    Without a method those that are told no more than others, where there are such. `noise` is a noise level by label or
    rate, or the whole label of a condition. Raises UserError for a method or condition that is not there, and where it
    must be said which of several conditions is meant.
    """
    under = _under_condition(studies, noise)
    wanted = method and "".join(method.split())
    if wanted is None:
        told = [study.method for study in under if study.told]
        all_alike = len(told) in (0, len(under))
        return (under, []) if all_alike else ([study for study in under if not study.told], told)
    chosen = [study for study in under if study.method == wanted]
    if not chosen:
        methods = [study.method for study in under]
        raise UserError(f"there is no method '{method}' in this sweep; {did_you_mean(str(method), methods)}")
    return chosen, []


def _under_condition(studies: Sequence[StudyRecord], asked: str | None) -> list[StudyRecord]:
    """The studies under the condition that is `asked` for; a single condition needs no name."""
    chosen = [study for study in studies
              if asked is None or is_called(asked, study.noise, _condition(study), study.rate)]
    conditions = list(dict.fromkeys(map(_condition, chosen or studies)))
    if not chosen:
        raise UserError(f"there is no noise level '{asked}'; {did_you_mean(str(asked), conditions)}")
    if len(conditions) > 1:
        what = "conditions" if any(study.vary for study in studies) else "noise levels"
        raise UserError(f"there are several {what}, say which: --noise {' | '.join(map(shlex.quote, conditions))}")
    return chosen


def _condition(study: StudyRecord) -> str:
    return condition_label(study.noise, study.vary)
