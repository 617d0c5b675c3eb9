"""Which sweep a space file and the options beside it are about."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from sat_sweep.config.loader import load_space
from sat_sweep.config.space import SpaceFile
from sat_sweep.errors import UserError
from sat_sweep.home import Home, SweepHome, choose_home


def asked(file: Path, name: str | None, home: str | None) -> tuple[SpaceFile, SweepHome]:
    """The space file under the name that counts, and that sweep's home, which need not exist.

    Raises SpaceFileError for mistakes in the file, UserError for a name that can name no folder.
    """
    space = load_space(file)
    try:
        space = SpaceFile.model_validate({**space.model_dump(), "name": name or space.name})
    except ValidationError as error:
        raise UserError(f"--name {name}: {error.errors()[0]['msg']}") from error
    return space, Home(choose_home(home, space.storage.home)).sweep(space.name)
