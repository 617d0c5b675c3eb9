"""`watch`: a sweep that somebody runs, live until it ends."""

from __future__ import annotations

import time

from sat_sweep.commands.output import command_line, say, show
from sat_sweep.commands.watch_page import PageServer
from sat_sweep.errors import ExitStatus
from sat_sweep.home import Home, SweepHome, choose_home
from sat_sweep.sweep.launchers import current_status, is_run
from sat_sweep.sweep.live_table import live_table

LOOK_SECONDS = 0.5


def watch(name: str, home: str | None) -> int:
    """Show how far the sweep is until nobody runs it any more; failures are told as they happen.

    Ctrl-C ends the watching, not the sweep. The exit status is that of a sweep which ended in this state.
    """
    sweep = Home(choose_home(home)).existing(name)
    told: set[str] = set()
    with live_table(lambda: current_status(sweep)):
        while is_run(sweep):
            _tell_failures(sweep, told)
            time.sleep(LOOK_SECONDS)
    _tell_failures(sweep, told)
    status = current_status(sweep)
    show(f"{name}: {status.state}, {status.ended} of {status.budget} trials")
    if status.state == "interrupted":
        say(f"{name}: its driver is gone without a word; nothing is lost, what it wrote last: "
            f"{command_line('logs', name, home=home)}")
    if status.state == "finished":
        show(f"The answer: {command_line('report', name, home=home)}")
        return ExitStatus.DONE
    show(f"Go on with: {command_line('resume', name, home=home)}")
    return ExitStatus.INTERRUPTED


def watch_page(name: str, home: str | None, port: int) -> int:
    """Serve a page that shows how far the sweep is, and its report once it has finished, until Ctrl-C."""
    sweep = Home(choose_home(home)).existing(name)

    def report() -> bytes | None:
        page = sweep.report_folder / "report.html"
        return page.read_bytes() if current_status(sweep).state == "finished" and page.exists() else None

    PageServer(lambda: current_status(sweep), report, port).serve()
    return ExitStatus.DONE


def _tell_failures(sweep: SweepHome, told: set[str]) -> None:
    """Say why trials have failed since; results are only read where the status has more failures than were told."""
    if sum(study.failed for study in current_status(sweep).studies) <= len(told):
        return
    for result in sweep.results():
        if result.state == "failed" and result.name not in told:
            told.add(result.name)
            say(f"{result.name} failed: {result.why}")
