"""How a command ends: what it raises becomes a message and an exit status, and the process leaves at once.

What each exit status means is said in `errors.ExitStatus`.
"""

from __future__ import annotations

import atexit
import errno
import os
import sys
from contextlib import suppress
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from sat_sweep.errors import ExitStatus, MachineFailure, UserError, one_line
from sat_sweep.home import redacted

LONGEST = 2000
"""Characters of a line that somebody may still want to read: a message may quote whatever stands in a file."""


OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE)
"""What a disk says that is full, may not be written, is broken, or has gone from its network."""


class Commands(TyperGroup):
    """The commands in the order in which they are defined; what they raise becomes a message and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what is neither the user's mistake nor wish is a bug and shows its traceback."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            typer.echo("\n".join(one_line(line, LONGEST) for line in redacted(str(error)).split("\n")), err=True)
            raise typer.Exit(ExitStatus.USER_INPUT) from None
        except MachineFailure as failure:
            typer.echo(f"{failure}; nothing is lost, the same command again goes on from here", err=True)
            raise typer.Exit(ExitStatus.INTERRUPTED) from None
        except OSError as error:
            if error.errno not in OF_THE_DISK:
                raise
            typer.echo(f"this machine cannot go on: {error}; nothing is lost, the same command again goes on from here",
                       err=True)
            raise typer.Exit(ExitStatus.INTERRUPTED) from None
        except KeyboardInterrupt:
            typer.echo("interrupted; the same command again goes on from here", err=True)
            raise typer.Exit(ExitStatus.INTERRUPTED) from None


def leave(status: int) -> NoReturn:
    """Do what was registered for the end, and end with this `status`.

    Python would go on to take torch and Ray apart for a second.
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # nobody reads it any more
            stream.flush()
    os._exit(status)
