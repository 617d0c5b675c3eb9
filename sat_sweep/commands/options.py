"""Arguments and options that several commands have: as they are typed and explained, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from sat_sweep.errors import UserError

SpaceArgument = Annotated[Path, typer.Argument(metavar="SPACE", help="The space file.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The sweep's name.")]
HomeOption = Annotated[str | None, typer.Option(
    "--home", help="Where sweeps are kept, a folder or a URI. Else $SAT_SWEEP_HOME, else what a space file says, "
                   "else sweeps/ here.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SweepNameOption = Annotated[str | None, typer.Option("--name", help="Another name than the file's.")]
AddressOption = Annotated[str | None, typer.Option(
    "--address", help="A Ray cluster: http(s)://head:8265 sends the sweep there; auto or host:port joins one that this "
                      "machine is part of.")]
ClusterOption = Annotated[str | None, typer.Option(
    "--address", metavar="URL", help="Ask a Ray cluster, by its dashboard's address http(s)://head:8265.")]
InsecureOption = Annotated[bool, typer.Option(
    "--insecure", help="Allow an address that is not encrypted, and not on this machine.")]
WorkersOption = Annotated[int | None, typer.Option("--workers", min=1, help="CPUs to use; all if not given.")]
DetachOption = Annotated[bool, typer.Option("--detach", help="Run on in the background.")]
NoShareOption = Annotated[bool, typer.Option(
    "--no-share", help="Train every trial from its first epoch on: the same numbers, later.")]
PluginsOption = Annotated[list[str] | None, typer.Option(
    "--plugins", metavar="FILE|MODULE", help="Further code that counts, as in a space file; may be repeated.")]
SerialOption = Annotated[bool, typer.Option(
    "--serial", help="One trial after another in this process, without Ray: for debugging and small machines.")]

HostOption = Annotated[str | None, typer.Option(
    "--host", help="Where Ray and MLflow listen, an address of this machine; else 127.0.0.1, which it alone reaches.")]
StudiesOption = Annotated[str | None, typer.Option(
    "--studies", metavar="URL", help="Optuna storage of sweeps that name none; else a database in the home.")]


def typed_options(name: str | None, home: str | None, address: str | None, workers: int | None,
                  no_share: bool, serial: bool) -> list[str]:
    """The options of `launch` as they would be typed."""
    given = {"--name": name, "--home": home, "--address": address, "--workers": workers}
    switches = {"--no-share": no_share, "--serial": serial}
    return [*(f"{option}={value}" for option, value in given.items() if value is not None),
            *(option for option, on in switches.items() if on)]


def sent_options(workers: int | None, no_share: bool, serial: bool) -> list[str]:
    """The options that go with a command to a cluster; raises UserError for those that only make sense here."""
    if workers is not None or serial:
        raise UserError("--workers and --serial are for this machine; a cluster has the workers that it has, and "
                        "`resources:` says what a trial takes")
    return ["--no-share"] if no_share else []


def json_option(wanted: bool) -> list[str]:
    """The option as it is typed, if it is `wanted`."""
    return ["--json"] if wanted else []


def given_options(values: Mapping[str, str | None]) -> list[str]:
    """Options with their values as they are typed, those that were given."""
    return [word for option, value in values.items() if value is not None for word in (option, value)]


def cluster_for(address: str | None, insecure: bool, home: str | None) -> Any:
    """The cluster that a command is to be sent to, None where it runs here."""
    if address is None or "://" not in address:
        return None
    from sat_sweep.commands.on_cluster import Cluster

    return Cluster(address, insecure, home)


def cluster_asked(address: str | None, insecure: bool, home: str | None) -> Any:
    """The cluster that a question is for, None where it is for a home."""
    if address is not None and "://" not in address:
        raise UserError(f"ask a cluster by its dashboard's address, such as http://head:8265; got '{address}'")
    return cluster_for(address, insecure, home)


def run_options(address: str | None, workers: int | None, no_share: bool, serial: bool) -> Any:
    """How a sweep is to be run by this process; raises UserError for what does not go together."""
    from sat_sweep.sweep.launch import Options

    host, _, port = (address or "").rpartition(":")
    if address not in (None, "auto") and not (host and port.isdigit()):
        raise UserError(f"an address is http(s)://head:8265, auto or host:port; got '{address}'")
    if serial and (address is not None or workers is not None):
        raise UserError("--serial runs one trial at a time in this process: it goes with neither --address nor "
                        "--workers")
    return Options(address=address, workers=workers, share=not no_share, serial=serial)
