"""The command line: parse, call one function, print. The files here have the commands in the order of the help.

What a command raises becomes its exit status in `commands.ending`. Nothing heavy is imported here, so that help comes
at once; each command imports what it needs.
"""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from sat_sweep import __version__
from sat_sweep.cli import answers, catalogue, services, sweeps, trials
from sat_sweep.commands.ending import Commands, leave
from sat_sweep.home.files import keep_others_from_writing

__all__ = ["app", "main"]

app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, rich_markup_mode=None,
                  pretty_exceptions_enable=False)
for group in (sweeps, answers, trials, catalogue, services):
    app.add_typer(group.commands)


def main() -> None:
    """The entry point. From now on SIGTERM does what Ctrl-C does: what was started is ended, and the status says so.

    So does the end of the terminal, but not under `nohup`. Nothing that is written is everybody's to write, though the
    umask may be 0, as in some containers; what a group may do, and who may read, stays the user's choice.
    """
    keep_others_from_writing()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        app(prog_name="sat-sweep")
    except SystemExit as end:
        leave(end.code if isinstance(end.code, int) else int(end.code is not None))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sat-sweep {__version__}")
        raise typer.Exit


@app.callback()
def sat_sweep(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True,
                                                    help="Print the version.")] = False) -> None:
    """Sweeps for training under label noise: equal budgets, honest selection, one answer."""
