"""Which code made a result."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import sat_sweep

PACKAGES = ("torch", "torchvision", "ray", "optuna", "mlflow", "numpy")


def versions() -> dict[str, str]:
    """Versions of all packages that matter to a sweep, and the commit where the code is a git checkout."""
    found, commit = versions_of(*PACKAGES), _commit()
    return {**found, "commit": commit} if commit else found


def versions_of(*packages: str) -> dict[str, str]:
    """Versions of this package, of Python, and of those of `packages` that are installed, as loaded if they are."""
    found = {"sat_sweep": sat_sweep.__version__, "python": platform.python_version(), "machine": platform.machine()}
    for package in packages:
        try:
            loaded = getattr(sys.modules.get(package), "__version__", None)  # names the build too: 2.13.0+cpu
            found[package] = loaded or metadata.version(package)
        except metadata.PackageNotFoundError:  # `sat-sweep run` works without the service's packages
            continue
    return found


def _commit() -> str | None:
    folder = Path(__file__).resolve().parent
    try:
        done = subprocess.run(["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40"],
                              capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
