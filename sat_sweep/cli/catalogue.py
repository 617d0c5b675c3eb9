"""Commands for what there is to choose from."""

from __future__ import annotations

from typing import Annotated

import typer

from sat_sweep.commands.options import (
    JsonOption,
    PluginsOption,
)

commands = typer.Typer()


@commands.command()
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


@commands.command()
def datasets(as_json: JsonOption = False, plugins: PluginsOption = None) -> None:
    """The datasets and their options."""
    from sat_sweep.commands.catalogue import show_datasets

    show_datasets(as_json, plugins or ())


@commands.command()
def schema(plugins: PluginsOption = None) -> None:
    """The JSON schema of space files, for editors."""
    from sat_sweep.commands.catalogue import schema

    schema(plugins or ())


@commands.command("check-plugin")
def check_plugin(
    plugin: Annotated[str, typer.Argument(metavar="FILE|MODULE", help="A file, or a module that Python finds.")],
    settings: Annotated[list[str] | None, typer.Option(
        "--set", metavar="NAME.OPTION=VALUE", help="Try NAME with this option; may be repeated.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Does a plug-in keep what is relied on?

    Trains everything that it registers a little: exact when shared and resumed, honest about what it is told.
    """
    from sat_sweep.commands.checking_plugin import check_plugin

    raise typer.Exit(check_plugin(plugin, settings or (), as_json))
