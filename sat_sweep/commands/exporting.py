"""`export`: the winner of a sweep as a folder that predicts by itself."""

from __future__ import annotations

import shutil
from pathlib import Path

from sat_sweep.commands.output import command_line, say
from sat_sweep.commands.results import winner_asked_for
from sat_sweep.commands.trial import check_device
from sat_sweep.errors import UserError, did_you_mean
from sat_sweep.export.choice import Choice, Kind, choose
from sat_sweep.export.description import Measured
from sat_sweep.export.exporting import check_folder
from sat_sweep.export.exporting import export as write
from sat_sweep.export.other_formats import add_other_formats
from sat_sweep.home import Home, choose_home
from sat_sweep.report import Report, build_report
from sat_sweep.sweep.launchers.ray_job.request import RETURNS
from sat_sweep.tracking.model import ExportedModel, log_model
from sat_sweep.training import TrajectoryStore

MOST = 200_000_000
"""Bytes of a model that come back from a cluster, in the log of a job: so much takes a minute, and here 1.6 GB."""


def export(name: str, home: str | None, method: str | None, noise: str | None, kind: str, out: Path,
           register: str | None) -> None:
    """Write the winner under the condition `noise` into `out`; `method` and `noise` are as `best` takes them.

    `kind` is best-seed, ensemble or everything; raises UserError for anything else. It is logged to the sweep's MLflow
    as well, and called `register` in its registry where that is given.
    """
    made_of = _kind(kind)
    check_folder(out)
    place = Home(choose_home(home))
    sweep = place.existing(name)
    key = winner_asked_for(sweep, method, noise, home).study
    report = build_report(sweep)
    choice = choose(report, next(row for row in report.rows if row.key == key), made_of)
    for spec in choice.specs:
        check_device(spec)
    _say_what_is_missing(report, choice)
    _say_how_good(choice, write(choice, TrajectoryStore(place.trajectories), out, say))
    _log(place, report, ExportedModel(out, key, f"model {key} {made_of}", register))
    if out != Path(RETURNS):
        finish(out)
    elif (size := sum(file.stat().st_size for file in out.iterdir())) > MOST:
        shutil.rmtree(out)
        raise UserError(f"the model has {size / 1e6:,.0f} MB, and {MOST / 1e6:,.0f} MB is the most that comes back "
                        "from a cluster; export it on a machine that sees the home, with --home")


def finish(out: Path) -> None:
    """Add to the model in `out` what is made from it, and say how to use it."""
    add_other_formats(out, say)
    say(f"Model: {out}; use it with: {command_line('predict', str(out), 'DATA', home=None)}")


def _log(home: Home, report: Report, model: ExportedModel) -> None:
    """An MLflow that is out of reach costs a sentence, not the export."""
    try:
        uri = report.block("tracking").get("uri") or home.tracking
        problem = log_model(home.place, report.sweep, uri, model)
    except UserError as error:  # a home without a place for MLflow's records
        problem = str(error)
    if problem:
        say(f"warning: MLflow lacks this model ({problem}); the export is complete without")


def _say_what_is_missing(report: Report, choice: Choice) -> None:
    wanted, done = report.record.seeds or 1, choice.row.confirmed.total
    if done < wanted:
        say(f"warning: {done} of {wanted} seeds of {choice.row.key} are confirmed so far, and another may be better")


def _say_how_good(choice: Choice, measured: Measured) -> None:
    """What was trained again on a GPU, another machine or another torch is not the same to the bit."""
    say(f"{choice.row.method} under {choice.row.condition}: {_seeds(choice)}, accuracy {measured.accuracy:.4f} on "
        f"{measured.examples:,} test examples")
    if choice.recorded not in (None, measured.accuracy):
        say(f"The sweep has {choice.recorded:.4f} for this seed: its last epochs were trained again, which gives the "
            "same to the bit on a CPU of the same kind with the same torch alone")


def _kind(asked: str) -> Kind:
    kinds = [each.value for each in Kind]
    if asked not in kinds:
        raise UserError(f"--from is {', '.join(kinds[:-1])} or {kinds[-1]}; {did_you_mean(asked, kinds)}")
    return Kind(asked)


def _seeds(choice: Choice) -> str:
    if choice.kind is Kind.EVERYTHING:
        return "trained on everything"
    return f"seed{'s' if len(choice.seeds) > 1 else ''} {', '.join(map(str, choice.seeds))}"
