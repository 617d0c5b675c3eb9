"""What a sweep may be called: its name is a folder of the home, on every system that may ever read it."""

from __future__ import annotations

import re

PATTERN, LONGEST = r"^[A-Za-z0-9][A-Za-z0-9._-]*$", 100
"""The characters of a name, and how many it has at most: with these alone nothing leads out of the home."""
DATABASES = ("studies.db", "mlflow.db")
"""What the databases of a home are called; beside one lie files whose names begin with its own."""
_FOLDERS = {"trajectories", "evidence", "uploads", "mlartifacts"}
"""What else a home has beside its sweeps."""
_DEVICES = {"con", "prn", "aux", "nul", *(f"{kind}{number}" for kind in ("com", "lpt") for number in range(10))}
"""What Windows lets no file be called, whatever stands behind a dot."""


def is_folder_name(name: str) -> bool:
    """Whether `name` is a folder directly in the home: no path, nothing hidden, no character that is not plain."""
    return len(name) <= LONGEST and re.fullmatch(PATTERN.strip("^$"), name) is not None


def name_problem(name: str) -> str | None:
    """Why no new sweep can be called `name`, which is a folder's; None if one can.

    Case does not count: there are file systems for which it does not.
    """
    lowered = name.lower()
    if lowered in _FOLDERS or lowered.startswith(DATABASES):
        return f"'{name}' is the home's own; choose another name"
    if lowered.partition(".")[0] in _DEVICES:
        return f"'{name}' is a device on Windows, and no folder there; choose another name"
    return "a name does not end in a dot, which Windows would drop" if name.endswith(".") else None
