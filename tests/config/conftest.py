from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from sat_sweep.config import SpaceFile

SOUND: dict[str, Any] = {
    "name": "toy",
    "dataset": {"name": "digits"},
    "noise": {"kind": "symmetric", "rates": [0.0, 0.4]},
    "methods": ["ce", "sat", "sat+reset"],
    "model": {"name": "mlp", "width": 32},
    "training": {"epochs": 20},
}


@pytest.fixture
def space() -> Callable[..., SpaceFile]:
    """A maker of sound space files: `space(search={"trials": 3})` replaces whole blocks."""
    return lambda **blocks: SpaceFile.model_validate(deepcopy(SOUND) | blocks)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Write a text to a file of its own."""

    def to_file(text: str, name: str = "space.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to_file
