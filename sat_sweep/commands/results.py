"""`report` and `best`: what a sweep has found, from its results alone."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from sat_sweep.commands.output import command_line, say, show, show_json
from sat_sweep.errors import UserError, did_you_mean
from sat_sweep.home import Home, Result, StudyRecord, SweepHome, SweepRecord, choose_home, condition_label
from sat_sweep.report import build_report, table_text, task_of, winner, write
from sat_sweep.sweep.launchers.ray_job.request import RETURNS


def report(name: str, home: str | None, out: Path | None, as_json: bool) -> None:
    """Print the answer and write its files; `--json` alone only prints."""
    sweep = Home(choose_home(home)).existing(name)
    answer = build_report(sweep)
    if as_json:
        show_json(answer.to_json())
    else:
        show(table_text(answer))
    if out is not None or not as_json:
        folder = out or sweep.report_folder
        write(answer, folder)
        if folder != Path(RETURNS):  # then it is on its way to somebody else's machine
            say(f"Report: {folder / 'report.html'}")


def best(name: str, home: str | None, method: str | None, noise: str | None) -> None:
    """Print the winning trial of one condition, as a trial file; asked for as `winning_trial` is."""
    from sat_sweep.commands.trial_file import trial_file

    sweep = Home(choose_home(home)).existing(name)
    chosen = winning_trial(sweep, method, noise, home)
    record = sweep.describe() or SweepRecord(name)
    show(trial_file(chosen, task_of(record.space).selection.measure.title))


def winning_trial(sweep: SweepHome, method: str | None, noise: str | None, home: str | None) -> Result:
    """The best search trial under one condition, by noisy validation.

    It is of one `method`, else of the best of those that are told no more than others.
    `noise` is a noise level by label or rate, or the whole label of a condition; `home` is the option as it was given.
    Raises UserError for a method or condition that is not there, and where no trial is complete yet.
    """
    record = sweep.describe() or SweepRecord(sweep.name)
    keys = [study.key for study in _of_method(_under_condition(record.studies, noise), method)]
    trials = sorted((result for result in sweep.results()
                     if result.study in keys and record.counts(result.study, result.stage, result.number)),
                    key=lambda result: (keys.index(result.study), result.number))
    best_trial = winner(trials, task_of(record.space).selection.measure)
    if best_trial is None:
        raise UserError(f"{' and '.join(keys)}: no search trial is complete yet; "
                        f"look with `{command_line('status', sweep.name, home=home)}`")
    return best_trial


def _under_condition(studies: Sequence[StudyRecord], asked: str | None) -> list[StudyRecord]:
    """The studies under the condition that is `asked` for; a single condition needs no name."""
    chosen = [study for study in studies if asked is None or _is_called(study, asked)]
    conditions = list(dict.fromkeys(map(_condition, chosen or studies)))
    if not chosen:
        raise UserError(f"there is no noise level '{asked}'; {did_you_mean(str(asked), conditions)}")
    if len(conditions) > 1:
        what = "conditions" if any(study.vary for study in studies) else "noise levels"
        raise UserError(f"there are several {what}, say which: --noise {' | '.join(map(shlex.quote, conditions))}")
    return chosen


def _condition(study: StudyRecord) -> str:
    return condition_label(study.noise, study.vary)


def _is_called(study: StudyRecord, asked: str) -> bool:
    try:
        return asked in (study.noise, _condition(study)) or study.rate == float(asked)
    except ValueError:
        return False


def _told_the_same(studies: Sequence[StudyRecord]) -> list[StudyRecord]:
    """Those whose methods are told no more than others; all where every one is."""
    told = [study.method for study in studies if study.told]
    if not told or len(told) == len(studies):
        return list(studies)
    say(f"Left out, since they are told more than others: {', '.join(told)}. Ask for one with --method.")
    return [study for study in studies if not study.told]


def _of_method(studies: Sequence[StudyRecord], method: str | None) -> list[StudyRecord]:
    wanted = method and "".join(method.split())
    if wanted is None:
        return _told_the_same(studies)
    chosen = [study for study in studies if study.method == wanted]
    if not chosen:
        methods = [study.method for study in studies]
        raise UserError(f"there is no method '{method}' in this sweep; {did_you_mean(str(method), methods)}")
    return chosen
