"""The image: pinned, without root, and what changes rarely comes first."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from .files import DOCKER, ROOT

DOCKERFILE = (DOCKER / "Dockerfile").read_text()
CONSTRAINTS = dict(line.split("==") for line in (DOCKER / "constraints.txt").read_text().splitlines())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = re.findall(r"--extra (\w+)", DOCKERFILE)


def test_hadolint_has_nothing_to_say():
    hadolint = Path(sys.executable).with_name("hadolint")
    said = subprocess.run([hadolint, DOCKER / "Dockerfile"], capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (0, "")


def required() -> list[Requirement]:
    """What the image installs, as pyproject.toml says it."""
    extras = PROJECT["optional-dependencies"]
    return [Requirement(line) for lines in (PROJECT["dependencies"], *map(extras.get, EXTRAS)) for line in lines]


def test_every_extra_is_one_and_the_cluster_is_among_them():
    assert {"cluster", "server"} == set(EXTRAS) <= set(PROJECT["optional-dependencies"])


@pytest.mark.parametrize("requirement", required(), ids=str)
def test_each_dependency_is_pinned_within_its_range(requirement):
    assert Version(CONSTRAINTS[requirement.name.lower()]) in requirement.specifier


def test_what_the_extras_bring_is_pinned_too():
    assert {"flask-wtf", "aiohttp-cors", "grpcio", "virtualenv", "s3fs", "psycopg-binary"} <= set(CONSTRAINTS)


def test_dependencies_are_a_layer_below_the_source():
    final = DOCKERFILE.split("\nFROM ")[-1]
    assert final.index("constraints.txt") < final.index("/wheel/*.whl") < final.index("\nUSER ")
    assert "COPY" not in final


def test_it_runs_as_a_user_whom_kubernetes_knows_not_to_be_root():
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["1000"]


def test_what_is_copied_or_mounted_reaches_the_engine():
    ignore = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in ignore if line.startswith("!")}
    copied = " ".join(re.findall(r"^COPY (.*) \S+$", DOCKERFILE, re.MULTILINE)).split()
    mounted = re.findall(r"type=bind,source=(\S+?),", DOCKERFILE)
    assert "*" in ignore
    assert {*copied, *mounted} == allowed
    assert all(Path(ROOT, name).exists() for name in allowed)


@pytest.mark.parametrize("backend", ["cpu", "cu130"])
def test_a_torch_backend_is_one_that_uv_knows(backend):
    command = ["uv", "pip", "install", "--torch-backend", backend, "--dry-run", "--offline", "--no-deps", "./none"]
    assert "invalid value" not in subprocess.run(command, capture_output=True, text=True).stderr
    command[4] = "none-such"
    assert "invalid value" in subprocess.run(command, capture_output=True, text=True).stderr
    assert backend in DOCKERFILE
