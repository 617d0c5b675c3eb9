"""`report` and `best`: what a sweep has found, from its results alone."""

from __future__ import annotations

from pathlib import Path

from sat_sweep.commands.output import command_line, say, show, show_json
from sat_sweep.errors import UserError
from sat_sweep.home import Home, Result, SweepHome, SweepRecord, choose_home
from sat_sweep.home.files import open_folder
from sat_sweep.report import build_report, chosen_studies, table_text, task_of, winning_trial, write
from sat_sweep.sweep.launchers.ray_job.request import RETURNS


def report(name: str, home: str | None, out: Path | None, as_json: bool) -> None:
    """Print the answer and write its files; `--json` alone only prints."""
    if out is not None:
        open_folder(out).check()
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
    """Print the winning trial of one condition, as a trial file; asked for as by `winner_asked_for`."""
    from sat_sweep.commands.trial_file import trial_file

    sweep = Home(choose_home(home)).existing(name)
    chosen = winner_asked_for(sweep, method, noise, home)
    record = sweep.describe() or SweepRecord(name)
    show(trial_file(chosen, task_of(record.space).selection.measure.title))


def winner_asked_for(sweep: SweepHome, method: str | None, noise: str | None, home: str | None) -> Result:
    """`winning_trial`, with words about who is left out and what to do where there is none yet.

    `home` is the option as it was given.
    """
    studies = (sweep.describe() or SweepRecord(sweep.name)).studies
    chosen, left_out = chosen_studies(studies, method, noise)
    if left_out:
        say(f"Left out, since they are told more than others: {', '.join(left_out)}. Ask for one with --method.")
    best_trial = winning_trial(sweep, chosen)
    if best_trial is None:
        raise UserError(f"{' and '.join(study.key for study in chosen)}: no search trial is complete yet; "
                        f"look with `{command_line('status', sweep.name, home=home)}`")
    return best_trial
