"""Which code made a result."""

from __future__ import annotations

import platform
import re
import subprocess
from importlib import metadata, util
from pathlib import Path

import sat_sweep

PACKAGES = ("torch", "torchvision", "ray", "optuna", "mlflow", "numpy")


def versions() -> dict[str, str]:
    """Versions of all packages that matter to a sweep, and the commit where the code is a git checkout."""
    found, commit = versions_of(*PACKAGES), _commit()
    return {**found, "commit": commit} if commit else found


def versions_of(*packages: str) -> dict[str, str]:
    """Versions of this package, of Python, and of those of `packages` that are installed; none of them is loaded."""
    found = {"sat_sweep": sat_sweep.__version__, "python": platform.python_version(), "machine": platform.machine()}
    for package in packages:
        try:
            found[package] = _build(package) or metadata.version(package)
        except metadata.PackageNotFoundError:  # `sat-sweep run` works without the service's packages
            continue
    return found


def _build(package: str) -> str | None:
    """The version with the build (2.13.0+cpu), which torch and torchvision have in a file and not in their metadata."""
    spec = util.find_spec(package)
    file = Path(spec.origin).with_name("version.py") if spec is not None and spec.origin else None
    if file is None or not file.is_file():
        return None
    named = re.search(r"^__version__ = ['\"](.+)['\"]", file.read_text(), re.MULTILINE)
    return named[1] if named else None


def _commit() -> str | None:
    folder = Path(__file__).resolve().parent
    try:
        done = subprocess.run(["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40"],
                              capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
