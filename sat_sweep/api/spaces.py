"""A space as Python has it: a file, its content as a dict, or the validated object."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sat_sweep.config.loader import dump, space_from
from sat_sweep.config.space import SpaceFile

Space = str | os.PathLike[str] | Mapping[str, Any] | SpaceFile
"""A space file's path, what would stand in it (paths relative to the current folder), or what was read from one."""


@contextmanager
def as_file(space: Space) -> Iterator[Path]:
    """The file that `space` is; what is none is one for as long as this is entered.

    Raises SpaceFileError for mistakes in a dict.
    """
    if isinstance(space, str | os.PathLike):
        yield Path(space)
        return
    settings = space if isinstance(space, SpaceFile) else space_from(space, Path.cwd())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "space.yaml"
        file.write_text(dump(settings), encoding="utf-8")
        yield file
