"""The files of docker/, read as the programs read them for which they are written."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
_REFERENCE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


def variables(text: str) -> dict[str, str]:
    """NAME=value lines of an env file."""
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))


EXAMPLE = variables((DOCKER / "env.example").read_text())
SECRETS = {name for name, value in EXAMPLE.items() if value == "random"}


def image_variables() -> dict[str, str]:
    """What ENV sets in the image of our own services."""
    last = (DOCKER / "Dockerfile").read_text().split("\nFROM ")[-1]
    return {name: value for name, value in re.findall(r"^(?:ENV|   ) (\w+)=(\S+)", last, re.MULTILINE)
            if name.isupper()}


def references(name: str) -> set[str]:
    """The variables that a file of docker/ takes from docker/.env."""
    return {found["name"] for found in _REFERENCE.finditer(without_comments((DOCKER / name).read_text()))}


def without_comments(text: str) -> str:
    """YAML or shell without its comments."""
    return re.sub(r"(^|\s)#.*$", "", text, flags=re.MULTILINE)


def compose(environment: Mapping[str, str], *names: str) -> dict[str, Any]:
    """compose.yaml as `docker compose` sees it: variables in their places, then YAML; raises KeyError on a missing one.

    `names` are further files to merge over it, service by service.
    """
    merged: dict[str, Any] = {}
    for name in ("compose.yaml", *names):
        text = without_comments((DOCKER / name).read_text())
        _merge(merged, yaml.safe_load(_REFERENCE.sub(lambda found: _value(found, environment), text)))
    return merged


def _value(found: re.Match[str], environment: Mapping[str, str]) -> str:
    value = environment.get(found["name"])
    if not value and found["kind"] == "-":
        return found["rest"]
    if not value:
        raise KeyError(found["name"], found["rest"])
    return value


def _merge(below: dict[str, Any], above: dict[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            _merge(below[key], value)
        else:
            below[key] = value


def words(command: str | list[str]) -> list[str]:
    """A command of compose or a manifest as the words that are executed."""
    return shlex.split(command) if isinstance(command, str) else [str(word) for word in command]


def manifests(name: str) -> list[dict[str, Any]]:
    """The documents of a file of docker/kuberay/."""
    return list(yaml.safe_load_all((DOCKER / "kuberay" / name).read_text()))


def pods(document: Any) -> Iterator[dict[str, Any]]:
    """Every pod template in a document, however deep."""
    if isinstance(document, dict):
        if "containers" in document.get("spec", {}):
            yield document
        for value in document.values():
            yield from pods(value)
    elif isinstance(document, list):
        for value in document:
            yield from pods(value)
