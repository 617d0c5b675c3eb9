"""The command line: parse, call one function, print.

What a command raises becomes its exit status in `commands.ending`. Nothing heavy is imported here, so that help comes
at once; each command imports what it needs.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated, Any

import typer

from sat_sweep import __version__
from sat_sweep.commands.ending import Commands, leave
from sat_sweep.commands.options import (
    AddressOption,
    ClusterOption,
    DetachOption,
    HomeOption,
    HostOption,
    InsecureOption,
    JsonOption,
    NameArgument,
    NoShareOption,
    PluginsOption,
    SerialOption,
    SpaceArgument,
    StudiesOption,
    SweepNameOption,
    WorkersOption,
    cluster_asked,
    cluster_for,
    given_options,
    json_option,
    run_options,
    sent_options,
    typed_options,
)
from sat_sweep.errors import UserError

app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, rich_markup_mode=None,
                  pretty_exceptions_enable=False)


def main() -> None:
    """The entry point. From now on SIGTERM does what Ctrl-C does: what was started is ended, and the status says so."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
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


def _running() -> Any:
    """The commands that run a sweep; this is where torch is imported."""
    from sat_sweep.imports.collector import no_collection

    with no_collection():
        from sat_sweep.commands import running
    return running


@app.command()
def launch(
    space: SpaceArgument, name: SweepNameOption = None, home: HomeOption = None,
    address: AddressOption = None, workers: WorkersOption = None,
    detach: DetachOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the plan.")] = False,
    no_share: NoShareOption = False, serial: SerialOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="Start without asking.")] = False,
    insecure: InsecureOption = False,
) -> None:
    """Plan, run, confirm, report. Launching the same file again goes on with it."""
    if dry_run:
        plan(space, name=name, home=home, workers=workers)
    elif (cluster := cluster_for(address, insecure, home)) is not None:
        raise typer.Exit(cluster.launch(space, name, sent_options(workers, no_share, serial), detach, yes))
    elif detach:
        typed = typed_options(name, home, address, workers, no_share, serial)
        raise typer.Exit(_running().launch_detached(space, name, home, typed))
    else:
        options = run_options(address, workers, no_share, serial)
        raise typer.Exit(_running().launch(space, name, home, options, yes))


@app.command()
def plan(
    space: SpaceArgument, name: SweepNameOption = None, home: HomeOption = None,
    workers: WorkersOption = None,
    estimate: Annotated[bool, typer.Option(
        "--estimate/--no-estimate", help="Measure how long an epoch takes, which loads the data.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Check a space file, show what it costs.

    Studies, trials, epochs, what is shared, the time it takes; nothing is started.
    """
    from sat_sweep.commands.planning import show_plan

    show_plan(space, name, home, workers, measure=estimate, as_json=as_json)


@app.command()
def resume(name: NameArgument, home: HomeOption = None, address: AddressOption = None,
           workers: WorkersOption = None, no_share: NoShareOption = False, serial: SerialOption = False,
           insecure: InsecureOption = False, detach: DetachOption = False) -> None:
    """Go on with a sweep that was interrupted."""
    if (cluster := cluster_for(address, insecure, home)) is not None:
        raise typer.Exit(cluster.drive(name, ["resume", name, *sent_options(workers, no_share, serial)], detach))
    if detach:
        typed = typed_options(None, home, address, workers, no_share, serial)
        raise typer.Exit(_running().resume_detached(name, home, ["resume", name, *typed]))
    options = run_options(address, workers, no_share, serial)
    raise typer.Exit(_running().resume(name, home, options))


@app.command()
def extend(
    name: NameArgument,
    trials: Annotated[int, typer.Option("--trials", metavar="+N", help="How many more each study gets.")],
    home: HomeOption = None, address: AddressOption = None, workers: WorkersOption = None,
    no_share: NoShareOption = False, serial: SerialOption = False, insecure: InsecureOption = False,
    detach: DetachOption = False,
) -> None:
    """Run more trials per study."""
    if trials < 1:
        raise UserError(f"a sweep can be extended by 1 trial or more, got {trials}")
    if (cluster := cluster_for(address, insecure, home)) is not None:
        sent = ["extend", name, "--trials", str(trials), *sent_options(workers, no_share, serial)]
        raise typer.Exit(cluster.drive(name, sent, detach))
    if detach:
        typed = typed_options(None, home, address, workers, no_share, serial)
        raise typer.Exit(_running().resume_detached(name, home, ["extend", name, f"--trials={trials}", *typed]))
    options = run_options(address, workers, no_share, serial)
    raise typer.Exit(_running().resume(name, home, options, further_trials=trials))


@app.command()
def stop(name: NameArgument, home: HomeOption = None, address: ClusterOption = None,
         insecure: InsecureOption = False) -> None:
    """Stop a running sweep. It can be resumed."""
    if (cluster := cluster_asked(address, insecure, home)) is not None:
        raise typer.Exit(cluster.ask(["stop", name], name))
    from sat_sweep.commands.monitoring import stop

    stop(name, home)


@app.command("list")
def list_sweeps(home: HomeOption = None, as_json: JsonOption = False, address: ClusterOption = None,
                insecure: InsecureOption = False) -> None:
    """The sweeps in the home."""
    if (cluster := cluster_asked(address, insecure, home)) is not None:
        raise typer.Exit(cluster.ask(["list", *json_option(as_json)]))
    from sat_sweep.commands.monitoring import list_sweeps

    list_sweeps(home, as_json)


@app.command()
def status(name: NameArgument, home: HomeOption = None, as_json: JsonOption = False, address: ClusterOption = None,
           insecure: InsecureOption = False) -> None:
    """How far each study is."""
    if (cluster := cluster_asked(address, insecure, home)) is not None:
        raise typer.Exit(cluster.ask(["status", name, *json_option(as_json)], name))
    from sat_sweep.commands.monitoring import status

    status(name, home, as_json)


@app.command()
def watch(name: NameArgument, home: HomeOption = None, address: ClusterOption = None,
          insecure: InsecureOption = False) -> None:
    """See a running sweep live until it ends."""
    if (cluster := cluster_asked(address, insecure, home)) is not None:
        raise typer.Exit(cluster.watch(name))
    from sat_sweep.commands.watching import watch

    raise typer.Exit(watch(name, home))


@app.command()
def logs(
    name: NameArgument, home: HomeOption = None,
    lines: Annotated[int, typer.Option("--lines", min=0, help="Lines of the driver's output.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the driver ends.")] = False,
    address: ClusterOption = None, insecure: InsecureOption = False,
) -> None:
    """Why trials failed, what a driver wrote."""
    if (cluster := cluster_asked(address, insecure, home)) is not None:
        raise typer.Exit(cluster.logs(name, lines, follow))
    from sat_sweep.commands.monitoring import logs

    logs(name, home, lines, follow)


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command("lr-range")
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


@app.command()
def methods(
    method: Annotated[str | None, typer.Argument(
        metavar="[NAME]", help="One method, such as sat or sat+reset: all about it.")] = None,
    as_json: JsonOption = False, plugins: PluginsOption = None,
) -> None:
    """The methods and their parameters, or all about one.

    With a name: formula, decisions, advice, and what a step costs and remembers, measured on this machine.
    """
    if method is not None:
        from sat_sweep.commands.method_page import method_page

        method_page(method, as_json, plugins or ())
        return
    from sat_sweep.commands.catalogue import methods

    methods(as_json, plugins or ())


@app.command()
def datasets(as_json: JsonOption = False, plugins: PluginsOption = None) -> None:
    """The datasets and their options."""
    from sat_sweep.commands.catalogue import show_datasets

    show_datasets(as_json, plugins or ())


@app.command()
def schema(plugins: PluginsOption = None) -> None:
    """The JSON schema of space files, for editors."""
    from sat_sweep.commands.catalogue import schema

    schema(plugins or ())


@app.command()
def ui(
    home: HomeOption = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="On this machine alone.")] = 5000,
    browser: Annotated[bool | None, typer.Option(
        "--browser/--no-browser", help="Open the newest sweep; by default at the terminal of a desktop.")] = None,
) -> None:
    """MLflow's pages over the home's records."""
    from sat_sweep.commands.ui import ui

    raise typer.Exit(ui(home, port, browser))


@app.command()
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
