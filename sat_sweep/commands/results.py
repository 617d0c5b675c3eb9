"""`report` and `best`: what a sweep has found, from its results alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sat_sweep.commands.output import command_line, say, show, show_json
from sat_sweep.commands.trial_file import trial_file
from sat_sweep.errors import UserError, did_you_mean
from sat_sweep.home import Home, Result, StudyRecord, SweepHome, choose_home


def report(name: str, home: str | None, out: Path | None, as_json: bool) -> None:
    """Print the answer and write its files; `--json` alone only prints."""
    from sat_sweep.report import build_report, table_text, write

    sweep = Home(choose_home(home)).existing(name)
    answer = build_report(sweep)
    if as_json:
        show_json(answer.to_json())
    else:
        show(table_text(answer))
    if out is not None or not as_json:
        folder = out or sweep.report_folder
        write(answer, folder)
        say(f"Report: {folder / 'report.html'}")


def best(name: str, home: str | None, method: str | None, noise: str | None) -> None:
    """Print the winning trial of one study as a trial file."""
    sweep = Home(choose_home(home)).existing(name)
    record = sweep.describe()
    studies = record.studies if record is not None else ()
    at_level = _at_level(studies, noise)
    asked = _of_method(at_level, method)
    winner = _winner(sweep, [study.key for study in asked])
    if winner is None:
        raise UserError(f"{' and '.join(study.key for study in asked)}: no search trial is complete yet; "
                        f"look with `{command_line('status', name, home=home)}`")
    show(trial_file(winner))


def _at_level(studies: Sequence[StudyRecord], noise: str | None) -> list[StudyRecord]:
    """The studies at the level that `noise` names by label or rate; a single level needs no name."""
    levels = list(dict.fromkeys(study.noise for study in studies))
    if noise is None and len(levels) > 1:
        raise UserError(f"there are several noise levels, say which: --noise {' | '.join(levels)}")
    chosen = [study for study in studies if noise is None or _is_called(study, noise)]
    if not chosen:
        raise UserError(f"there is no noise level '{noise}'; {did_you_mean(str(noise), levels)}")
    return chosen


def _is_called(study: StudyRecord, noise: str) -> bool:
    try:
        return study.noise == noise or study.rate == float(noise)
    except ValueError:
        return False


def _of_method(studies: Sequence[StudyRecord], method: str | None) -> list[StudyRecord]:
    wanted = method and "".join(method.split())
    chosen = [study for study in studies if wanted is None or study.method == wanted]
    if not chosen:
        methods = [study.method for study in studies]
        raise UserError(f"there is no method '{method}' in this sweep; {did_you_mean(str(method), methods)}")
    return chosen


def _winner(sweep: SweepHome, keys: Sequence[str]) -> Result | None:
    """The complete search trial with the highest value; of equals the first study, the lowest number."""
    usable = [result for result in sweep.results() if result.study in keys and result.stage == "search"
              and result.state == "complete" and result.value is not None]
    return min(usable, key=lambda result: (-(result.value or 0.0), keys.index(result.study), result.number),
               default=None)
