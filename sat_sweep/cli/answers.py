"""Commands for what a sweep has found: its report, its winner, its suspicious labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sat_sweep.commands.options import (
    ClusterOption,
    HomeOption,
    InsecureOption,
    JsonOption,
    NameArgument,
    cluster_asked,
    given_options,
)
from sat_sweep.errors import UserError

commands = typer.Typer()


@commands.command()
def report(
    name: NameArgument, home: HomeOption = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for the files.")] = None,
    as_json: JsonOption = False, address: ClusterOption = None, insecure: InsecureOption = False,
) -> None:
    """The answer.

    A table here; page, figures and spreadsheet in a folder.
    """
    if (cluster := cluster_asked(address, insecure, home)) is not None:
        raise typer.Exit(cluster.report(name, out, as_json))
    from sat_sweep.commands.results import report

    report(name, home, out, as_json)


@commands.command()
def best(
    name: NameArgument,
    method: Annotated[str | None, typer.Option("--method", help="Of this one; else the best of all.")] = None,
    noise: Annotated[str | None, typer.Option("--noise", help="At this level: label or rate.")] = None,
    home: HomeOption = None, address: ClusterOption = None, insecure: InsecureOption = False,
) -> None:
    """The winning settings, as a trial file."""
    if (cluster := cluster_asked(address, insecure, home)) is not None:
        raise typer.Exit(cluster.ask(["best", name, *given_options({"--method": method, "--noise": noise})], name))
    from sat_sweep.commands.results import best

    best(name, home, method, noise)


@commands.command()
def suspects(
    name: NameArgument,
    method: Annotated[str | None, typer.Option("--method", help="By this one; else the best by validation.")] = None,
    noise: Annotated[str | None, typer.Option("--noise", help="At this level: label or rate; else at all.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for the files.")] = None,
    clean: Annotated[str | None, typer.Option("--clean", metavar="drop|relabel", help=(
        "Also write the data without the suspects, or with the labels suggested for them."))] = None,
    home: HomeOption = None, as_json: JsonOption = False, address: ClusterOption = None,
    insecure: InsecureOption = False,
) -> None:
    """Which labels are probably wrong.

    Ranked, with what they should be; page and CSV in a folder.
    """
    if clean not in (None, "drop", "relabel"):
        raise UserError(f"--clean is drop or relabel, got '{clean}'")
    if (cluster := cluster_asked(address, insecure, home)) is not None:
        given = given_options({"--method": method, "--noise": noise, "--clean": clean})
        raise typer.Exit(cluster.suspects(name, given, out, as_json))
    from sat_sweep.commands.suspects import suspects

    suspects(name, home, method, noise, out, clean, as_json)  # type: ignore[arg-type]  # checked above


@commands.command()
def export(
    name: NameArgument,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="A new folder, or that of an earlier export.")],
    method: Annotated[str | None, typer.Option("--method", help="Of this one; else the best of all.")] = None,
    noise: Annotated[str | None, typer.Option("--noise", help="At this level: label or rate.")] = None,
    kind: Annotated[str, typer.Option(
        "--from", metavar="best-seed|ensemble|everything",
        help="The confirmed seed that is best by noisy validation; the mean of all; or trained on validation too.")]
    = "best-seed",
    register: Annotated[str | None, typer.Option(
        "--register", metavar="MODEL", help="Its name in MLflow's registry; else it is only logged there.")] = None,
    home: HomeOption = None,
    address: ClusterOption = None, insecure: InsecureOption = False,
) -> None:
    """The winner as a model, in a folder that predicts by itself.

    Weights, classes, preprocessing, a program for torch, ONNX, and a card with the report's numbers.
    """
    chosen = {"--from": kind, "--method": method, "--noise": noise, "--register": register}
    if (cluster := cluster_asked(address, insecure, home)) is not None:
        raise typer.Exit(cluster.export(name, given_options(chosen), out))
    from sat_sweep.commands.exporting import export

    export(name, home, method, noise, kind, out, register)


@commands.command()
def predict(
    model: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of an exported model.")],
    data: Annotated[Path, typer.Argument(metavar="DATA", help="An image, a folder of images, or a Parquet, .npz or "
                                                              ".npy file.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A CSV file; else printed.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Labels and probabilities by an exported model."""
    from sat_sweep.commands.predicting import predict

    predict(model, data, out, as_json)
