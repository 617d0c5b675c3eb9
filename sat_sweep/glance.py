"""How many trials a command will run side by side, guessed before anything is imported that could tell.

That takes torch, and torch takes seconds in which Ray could start. A wrong guess costs time and nothing else: what
the user has written is checked by others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sat_sweep.home import Home, choose_home


def trials_to_launch(file: Path, name: str | None, home: str | None) -> int:
    """Trials that `file` wants to run side by side; 0 if nothing is left to do, or for any reason to wait and see."""
    try:
        space = yaml.safe_load(file.read_text())
        known = _described(choose_home(home, space.get("storage", {}).get("home")), name or space["name"])
        return 0 if known.get("finished_trials") is not None else _side_by_side(space)
    except Exception:
        return 0


def trials_to_resume(name: str, home: str | None) -> int:
    """The same for a sweep that exists."""
    try:
        return _side_by_side(_described(choose_home(home), name)["space"])
    except Exception:
        return 0


def _described(home: str, name: str) -> dict[str, Any]:
    """What is known of a sweep; nothing if it does not exist, and of homes that are far away."""
    record = None if "://" in home else Home(home).sweep(name).describe()
    return record.to_json() if record is not None else {}


def _side_by_side(space: dict[str, Any]) -> int:
    resources, search = space.get("resources", {}), space.get("search", {})
    if resources.get("cpus", 1) != 1 or resources.get("gpus", 0) != 0:
        return 0
    studies = len(space["methods"]) * len(space["noise"].get("rates", [None]))
    return studies * search.get("batch", search.get("trials", 1))
