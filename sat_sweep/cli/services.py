"""Commands that look after a sweep, and that serve pages and a team."""

from __future__ import annotations

from typing import Annotated

import typer

from sat_sweep.commands.options import (
    ClusterOption,
    HomeOption,
    HostOption,
    InsecureOption,
    JsonOption,
    NameArgument,
    StudiesOption,
    cluster_asked,
    json_option,
)
from sat_sweep.errors import UserError

commands = typer.Typer()


@commands.command()
def doctor(
    name: NameArgument, home: HomeOption = None,
    fix: Annotated[bool, typer.Option("--fix", help="Make again what can be made again.")] = False,
    as_json: JsonOption = False, address: ClusterOption = None, insecure: InsecureOption = False,
) -> None:
    """Is everything of a sweep as it should be?

    Records, results, Optuna, MLflow, stored epochs, leftovers. Status 1 if something is wrong.
    """
    if (cluster := cluster_asked(address, insecure, home)) is not None:
        raise typer.Exit(cluster.ask(["doctor", name, *(["--fix"] if fix else []), *json_option(as_json)], name))
    from sat_sweep.commands.doctor import doctor

    raise typer.Exit(doctor(name, home, fix, as_json))


@commands.command()
def ui(
    home: HomeOption = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="On this machine alone.")] = 5000,
    browser: Annotated[bool | None, typer.Option(
        "--browser/--no-browser", help="Open the newest sweep; by default at the terminal of a desktop.")] = None,
) -> None:
    """MLflow's pages over the home's records."""
    from sat_sweep.commands.ui import ui

    raise typer.Exit(ui(home, port, browser))


@commands.command()
def serve(
    home: HomeOption = None, host: HostOption = None, studies: StudiesOption = None,
    ray_port: Annotated[int | None, typer.Option(min=1, max=65535, help="Else 8265.")] = None,
    mlflow_port: Annotated[int | None, typer.Option(min=1, max=65535, help="Else 5000.")] = None,
    optuna_port: Annotated[int | None, typer.Option(min=1, max=65535, help="Else 8080.")] = None,
    status: Annotated[bool, typer.Option("--status", help="Only show how it is.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Stop running sweeps cleanly, then the service.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Ray, MLflow and optuna-dashboard for a team on this machine.

    In the background, with one token; again: where everything is.
    """
    from sat_sweep.commands import serving

    asked = {"host": host, "studies": studies, "ray_port": ray_port, "mlflow_port": mlflow_port,
             "optuna_port": optuna_port}
    given = {name: value for name, value in asked.items() if value is not None}
    if given and (status or stop):
        raise UserError("--status and --stop are about the service of a home, and go with --home alone")
    if stop:
        raise typer.Exit(serving.serve_stop(home))
    raise typer.Exit(serving.serve_status(home, as_json) if status else serving.serve(home, given, as_json))
