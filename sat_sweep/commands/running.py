"""`launch`, `resume`, `extend`: run a sweep to its end, then print the answer."""

from __future__ import annotations

from pathlib import Path

from sat_sweep.commands.output import agreed, command_line, is_on_cluster, say, show
from sat_sweep.commands.planning import headline
from sat_sweep.errors import ExitStatus
from sat_sweep.home import Home, SweepHome, choose_home
from sat_sweep.report import build_report, table_text
from sat_sweep.sweep.launch import Options
from sat_sweep.sweep.launch import launch as carry_out
from sat_sweep.sweep.launchers import ProcessLauncher, Refused
from sat_sweep.sweep.order import Order, asked, order_again, order_from


def launch(file: Path, name: str | None, home: str | None, options: Options, yes: bool) -> int:
    """Run what `file` describes, or what is missing of it, after a look at the plan."""
    order = order_from(file, name, home)
    if not yes:
        say(headline(order.plan))
        if order.is_new and not agreed(f"How long it will take: {command_line('plan', str(file), home=home)}"):
            say("nothing was started")
            return ExitStatus.INTERRUPTED
    return _run(order, options, home)


def resume(name: str, home: str | None, options: Options, further_trials: int = 0) -> int:
    """Go on, with `further_trials` more for every study."""
    return _run(order_again(name, home, further_trials), options, home)


def launch_detached(file: Path, name: str | None, home: str | None, arguments: list[str]) -> int:
    """Start a driver in a process of its own and wait until it has begun; its refusal is ours."""
    _, sweep = asked(file, name, home)
    return _detached(sweep, home, ["launch", str(file), *arguments, "--yes"])


def resume_detached(name: str, home: str | None, arguments: list[str]) -> int:
    """The same for a sweep that exists; `arguments` are those of the whole command."""
    return _detached(Home(choose_home(home)).existing(name), home, arguments)


def _detached(sweep: SweepHome, home: str | None, arguments: list[str]) -> int:
    try:
        handle = ProcessLauncher().start(sweep, arguments)
    except Refused as refusal:
        say(str(refusal))
        return refusal.status
    say(f"{sweep.name} runs as process {handle.pid}. Look at it with:")
    for command in ("status", "logs", "stop"):
        say(f"  {command_line(command, sweep.name, home=home)}")
    return ExitStatus.DONE


def _run(order: Order, options: Options, home: str | None) -> int:
    outcome, sweep = carry_out(order, options, say), order.sweep
    if outcome.status == ExitStatus.INTERRUPTED:
        for reason in outcome.reasons:
            say(reason)
        say(f"interrupted, nothing is lost; go on with: {command_line('resume', sweep.name, home=home)}")
        return outcome.status
    show(table_text(build_report(sweep)))
    page = sweep.report_folder / "report.html"
    say(f"Report: {command_line('report', sweep.name, home=home) if is_on_cluster() else page}")
    say(f"Trained {outcome.epochs_trained:,} epochs in this run.")
    if order.plan.space.noise.kind == "as_given":
        say(f"Which labels are probably wrong: {command_line('suspects', sweep.name, home=home)}")
    for reason in outcome.reasons:
        say(f"warning: {reason}")
    return outcome.status
