"""Commands that train a single trial in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sat_sweep.commands.options import (
    JsonOption,
)

commands = typer.Typer()


@commands.command()
def run(
    trial: Annotated[Path, typer.Argument(metavar="TRIAL", help="A trial file, as `best` prints it.")],
    home: Annotated[str | None, typer.Option(
        "--home", help="Use what this home has of the trial, and add to it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Train one trial in this process.

    Without Ray, Optuna and MLflow: for debugging.
    """
    from sat_sweep.commands.trial import run

    raise typer.Exit(run(trial, home, as_json))


@commands.command("lr-range")
def lr_range(
    space: Annotated[Path, typer.Argument(metavar="SPACE", help="The space file, or a trial file of `best`.")],
    method: Annotated[str | None, typer.Option("--method", help="Of this one; else of the baseline.")] = None,
    noise: Annotated[str | None, typer.Option(
        "--noise", help="At this level: label or rate; else at the first of the file.")] = None,
    low: Annotated[float | None, typer.Option(
        "--from", metavar="LR", help="The lowest learning rate; else a thousandth of the file's.")] = None,
    high: Annotated[float | None, typer.Option(
        "--to", metavar="LR", help="The highest; else 30 times the file's.")] = None,
    linear: Annotated[bool, typer.Option("--linear", help="Rise in a straight line; else exponentially.")] = False,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="How long to train.")] = 5,
    out: Annotated[Path | None, typer.Option(
        "--out", metavar="DIR", help="Folder for the figure; else this one.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Which learning rates are worth trying.

    A range test: the rate rises from tiny to large, noisy validation accuracy is followed.
    """
    from sat_sweep.commands.lr_range import Limits, lr_range

    raise typer.Exit(lr_range(space, method, noise, Limits(low, high, linear), epochs, out, as_json))
