"""Commands that run a sweep, and that see how it is."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from sat_sweep.commands.options import (
    AddressOption,
    ClusterOption,
    DetachOption,
    HomeOption,
    InsecureOption,
    JsonOption,
    NameArgument,
    NoShareOption,
    SerialOption,
    SpaceArgument,
    SweepNameOption,
    WorkersOption,
    cluster_asked,
    cluster_for,
    json_option,
    run_options,
    sent_options,
    typed_options,
)
from sat_sweep.errors import UserError

commands = typer.Typer()


def _running() -> Any:
    """The commands that run a sweep; this is where torch is imported."""
    from sat_sweep.imports.collector import no_collection

    with no_collection():
        from sat_sweep.commands import running
    return running


@commands.command()
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


@commands.command()
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


@commands.command()
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


@commands.command()
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


@commands.command()
def stop(name: NameArgument, home: HomeOption = None, address: ClusterOption = None,
         insecure: InsecureOption = False) -> None:
    """Stop a running sweep. It can be resumed."""
    if (cluster := cluster_asked(address, insecure, home)) is not None:
        raise typer.Exit(cluster.ask(["stop", name], name))
    from sat_sweep.commands.monitoring import stop

    stop(name, home)


@commands.command("list")
def list_sweeps(home: HomeOption = None, as_json: JsonOption = False, address: ClusterOption = None,
                insecure: InsecureOption = False) -> None:
    """The sweeps in the home."""
    if (cluster := cluster_asked(address, insecure, home)) is not None:
        raise typer.Exit(cluster.ask(["list", *json_option(as_json)]))
    from sat_sweep.commands.monitoring import list_sweeps

    list_sweeps(home, as_json)


@commands.command()
def status(name: NameArgument, home: HomeOption = None, as_json: JsonOption = False, address: ClusterOption = None,
           insecure: InsecureOption = False) -> None:
    """How far each study is."""
    if (cluster := cluster_asked(address, insecure, home)) is not None:
        raise typer.Exit(cluster.ask(["status", name, *json_option(as_json)], name))
    from sat_sweep.commands.monitoring import status

    status(name, home, as_json)


@commands.command()
def watch(
    name: NameArgument, home: HomeOption = None,
    page: Annotated[bool, typer.Option("--page", help="As a page that refreshes itself, for this machine.")] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The page's port; 0: any free.")] = 0,
    address: ClusterOption = None, insecure: InsecureOption = False,
) -> None:
    """See a running sweep live until it ends."""
    if (cluster := cluster_asked(address, insecure, home)) is not None:
        raise typer.Exit(cluster.watch_page(name, port) if page else cluster.watch(name))
    from sat_sweep.commands.watching import watch, watch_page

    raise typer.Exit(watch_page(name, home, port) if page else watch(name, home))


@commands.command()
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
