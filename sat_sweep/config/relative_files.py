"""What a space file refers to by paths that are relative to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sat_sweep.config.leaves import varied_leaf
from sat_sweep.config.space import SpaceFile
from sat_sweep.config.yaml_lines import join, read_yaml
from sat_sweep.errors import Problem, SpaceFileError


def relative_files(file: Path, space: SpaceFile) -> dict[str, Path]:
    """Files and folders of data, weights and plug-ins that `file` names relative to itself, by the place of the name.

    `space` is what the file says. Raises SpaceFileError for a name behind which there is nothing.
    """
    document = read_yaml(file.read_text(encoding="utf-8-sig"))
    data = document.data
    found = {place: file.parent / name for place, name in (*_of_data(space, data), *_of_plugins(data))
             if _is_relative(name)}
    remedy = "name what the cluster sees by its whole path or by s3://…, or put the file here"
    missing = [Problem(place, f"{path} does not exist", document.line(place), remedy)
               for place, path in found.items() if not path.exists()]
    if missing:
        raise SpaceFileError(str(file), missing)
    return found


def _of_data(space: SpaceFile, data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for head, block in (("dataset", space.dataset), ("model", space.model)):
        for name, value in block:
            given = data[head].get(name) if isinstance(data[head], dict) else None
            if isinstance(value, Path) and isinstance(given, str):
                yield join(head, name), given
    for path, values in (data.get("vary") or {}).items():
        if varied_leaf(path, space).is_path:
            yield from ((join(join("vary", path), number), value) for number, value in enumerate(values))


def _of_plugins(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for number, given in enumerate(data.get("plugins") or ()):
        place = join("plugins", number)
        place, source = (join(place, "source"), given["source"]) if isinstance(given, dict) else (place, given)
        if source.endswith(".py"):
            yield place, source


def _is_relative(name: str) -> bool:
    return "://" not in name and not name.startswith("~") and not Path(name).is_absolute()
