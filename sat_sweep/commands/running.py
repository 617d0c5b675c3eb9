"""`launch`, `resume`, `extend`: run a sweep to its end, then print the answer."""

from __future__ import annotations

import sys
from pathlib import Path

from sat_sweep import sweep as sweeps
from sat_sweep.commands.output import command_line, say, show
from sat_sweep.commands.planning import headline
from sat_sweep.config.plan import plan
from sat_sweep.home import SweepHome
from sat_sweep.report import build_report, table_text
from sat_sweep.sweep import INTERRUPTED, Options, Outcome


def launch(file: Path, name: str | None, home: str | None, options: Options, yes: bool) -> int:
    """Run what `file` describes, or what is missing of it, after a look at the plan."""
    if not yes and not _agreed(file, name, home):
        say("nothing was started")
        return INTERRUPTED
    return _conclude(*sweeps.launch(file, name=name, home=home, options=options, say=say), home)


def resume(name: str, home: str | None, options: Options) -> int:
    """Go on."""
    return _conclude(*sweeps.resume(name, home=home, options=options, say=say), home)


def extend(name: str, trials: int, home: str | None, options: Options) -> int:
    """Go on with more trials per study."""
    return _conclude(*sweeps.extend(name, trials, home=home, options=options, say=say), home)


def _agreed(file: Path, name: str | None, home: str | None) -> bool:
    """Whether a new sweep is to be started; only somebody at a terminal is asked."""
    space, sweep = sweeps.asked(file, name, home)
    say(headline(plan(space)))
    if sweep.describe() is not None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    import typer

    return typer.confirm("Start?", default=True, err=True)


def _conclude(sweep: SweepHome, outcome: Outcome, home: str | None) -> int:
    if outcome.status == INTERRUPTED:
        say(f"interrupted, nothing is lost; go on with: {command_line('resume', sweep.name, home=home)}")
        return outcome.status
    show(table_text(build_report(sweep)))
    say(f"Report: {sweep.report_folder / 'report.html'}")
    say(f"Trained {outcome.epochs_trained:,} epochs in this run.")
    for reason in outcome.reasons:
        say(f"warning: {reason}")
    return outcome.status
