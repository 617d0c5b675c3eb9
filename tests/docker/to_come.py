"""Options that docs/cluster.md shows and the command line does not have yet; empty once it has them all."""

from __future__ import annotations

TO_COME: dict[str, set[str]] = {
    **{command: {"--insecure"} for command in ("launch", "resume", "extend")},
    **{command: {"--address", "--insecure"} for command in ("list", "status", "stop", "report", "best")},
    "logs": {"--address", "--insecure", "-f"},
}
WITH_VALUE = {"--address"}
"""Those of them that are followed by a value."""


def without(command: str, arguments: list[str]) -> list[str]:
    """The arguments of `command` less the options that are yet to come."""
    left, rest = [], iter(arguments)
    for word in rest:
        if word not in TO_COME.get(command, set()):
            left.append(word)
        elif word in WITH_VALUE:
            next(rest, None)
    return left
