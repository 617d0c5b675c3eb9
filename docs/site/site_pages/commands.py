"""Every command with its arguments and options, as its help has them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from sat_sweep.cli import app
from site_pages.markdown import code, joined, table

INTRODUCTION = """\
# Commands

Results go to standard output, progress and messages to standard error. `sat-sweep COMMAND --help` shows the same as
this page. The commands in a line each, and the exit status: [README](../index.md#the-commands)."""


def page() -> str:
    """The page."""
    return joined(INTRODUCTION, *(_section(name, command) for name, command in commands()))


def commands() -> Iterator[tuple[str, Any]]:
    """Every command by its name, in the order of the help."""
    yield from typer.main.get_command(app).commands.items()  # type: ignore[attr-defined]


def _section(name: str, command: Any) -> str:
    rows = list(map(_parameter, command.params))
    columns = ["", "what it does", *(["default"] if any(default for *_, default in rows) else [])]
    context = command.context_class(command, info_name=f"sat-sweep {name}")
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    return joined(f"## {name} {{ #{name} }}", inspect.cleandoc(command.help), f"```text\n{usage}\n```",
                  table(columns, [row[:len(columns)] for row in rows]))


def _parameter(parameter: Any) -> list[str]:
    is_option = parameter.param_type_name == "option"
    names = [*parameter.opts, *parameter.secondary_opts] if is_option else [parameter.metavar or parameter.name.upper()]
    value = parameter.opts[0] if parameter.default is True else parameter.default
    return [", ".join(map(code, names)), parameter.help or "",
            "" if value in (None, False, ()) or callable(value) else code(value)]
