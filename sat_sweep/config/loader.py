"""From a file to validated settings, or to everything that is wrong with it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from sat_sweep.config.checks import check_draft
from sat_sweep.config.draft import Draft, draft
from sat_sweep.config.explain import explain, shown
from sat_sweep.config.leaves import varied_leaf
from sat_sweep.config.space import SpaceFile
from sat_sweep.config.trial_checks import check_trial
from sat_sweep.config.yaml_lines import Document, read_yaml, write_yaml
from sat_sweep.data.places import is_uri
from sat_sweep.errors import Problem, SpaceFileError, UserError
from sat_sweep.imports.plugins import anchored
from sat_sweep.settings import Closed
from sat_sweep.training.spec import TrialSpec

S = TypeVar("S", SpaceFile, TrialSpec)

LARGEST = 8 * 2**20
"""Bytes: a matrix of a thousand classes fits, with its digits."""


def load_space(path: str | os.PathLike[str]) -> SpaceFile:
    """The space file at `path`; relative paths of its dataset are taken from the file's folder.

    Raises SpaceFileError with every problem at once.
    """
    return _space(path, _document(path), Path(path).parent)


def space_from(content: Mapping[str, Any], folder: Path) -> SpaceFile:
    """The space file with this `content` that would stand in `folder`; raises SpaceFileError with every problem."""
    return _space("space", Document(dict(content)), folder)


def _space(path: str | os.PathLike[str], document: Document, folder: Path) -> SpaceFile:
    data = _with_plugins(_mapping(path, document), folder)
    found, problems = draft(data)
    if unloaded := [problem for problem in problems if problem.path.startswith("plugins")]:
        _refuse(path, document, unloaded)  # what else is wrong may only be unknown for that
    unreadable = [problem.path for problem in document.problems]
    problems += check_draft(Draft(found.space, [*found.broken, *unreadable]))
    _refuse(path, document, problems)
    return _anchored_variations(_anchored(found.space, folder), folder)


def load_trial(path: str | os.PathLike[str]) -> TrialSpec:
    """The trial file at `path`, as `best` prints it; raises SpaceFileError with every problem at once."""
    document = _document(path)
    data = _with_plugins(_mapping(path, document), Path(path).parent)
    try:
        spec = TrialSpec.model_validate(data)
    except ValidationError as error:
        problems = [problem for _, problem in explain(error, data, TrialSpec)]
        raise SpaceFileError(str(path), _located(document, problems)) from None
    _refuse(path, document, check_trial(spec))
    return _anchored(spec, Path(path).parent)


def is_trial(path: str | os.PathLike[str]) -> bool:
    """Whether the file at `path` is that of one trial, as `best` prints it, and no space file."""
    data = _document(path).data
    return isinstance(data, dict) and "method" in data and "methods" not in data


def recorded_space(data: dict[str, Any]) -> SpaceFile:
    """A space file as a sweep's record has it; raises UserError if it can no longer be what it was."""
    try:
        return SpaceFile.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(f"{problem.path}: {problem.message}" for _, problem in explain(error, data, SpaceFile))
        raise UserError(f"the sweep's record no longer describes a space file: {problems}") from error


def dump(settings: Closed) -> str:
    """`settings` as YAML that `load_space` or `load_trial` reads back to the same."""
    return write_yaml(settings.model_dump(mode="json"))


def _document(path: str | os.PathLike[str]) -> Document:
    try:
        return read_yaml(_text(Path(path)))
    except OSError as error:
        raise SpaceFileError(str(path), [Problem("file", f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise SpaceFileError(str(path), [Problem("file", "must be text in UTF-8")]) from error


def _text(path: Path) -> str:
    """What stands in a regular file of moderate size: others have no end, or none that is worth waiting for."""
    known = path.stat()
    if not stat.S_ISREG(known.st_mode):
        kind = "a folder" if stat.S_ISDIR(known.st_mode) else "no regular file"
        raise SpaceFileError(str(path), [Problem("file", f"cannot be read: it is {kind}")])
    if known.st_size > LARGEST:
        raise SpaceFileError(str(path), [Problem("file", f"has {known.st_size:,} bytes, and may have {LARGEST:,}",
                                                 remedy="is it this file that was meant?")])
    return path.read_text(encoding="utf-8-sig")


def _mapping(path: str | os.PathLike[str], document: Document) -> dict[str, Any]:
    """The document's data; raises SpaceFileError if they are no mapping."""
    if isinstance(document.data, dict):
        return document.data
    if document.problems:
        raise SpaceFileError(str(path), document.problems)
    came = "is empty" if document.data is None else f"must be a mapping of keys; got {shown(document.data)}"
    raise SpaceFileError(str(path), [Problem("file", came, remedy="see search_spaces/quickstart.yaml")])


def _with_plugins(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    return {**data, "plugins": anchored(data["plugins"], folder)} if "plugins" in data else data


def _refuse(path: str | os.PathLike[str], document: Document, problems: Iterable[Problem]) -> None:
    """Raise SpaceFileError if there is any problem."""
    if located := _located(document, problems):
        raise SpaceFileError(str(path), located)


def _located(document: Document, problems: Iterable[Problem]) -> list[Problem]:
    """`problems` and those of the document line by line; what is unreadable is not judged a second time."""
    unreadable = {problem.path for problem in document.problems}
    found = [*document.problems, *(problem for problem in problems if problem.path not in unreadable)]
    placed = [replace(problem, line=problem.line or document.line(problem.path)) for problem in found]
    return sorted(placed, key=lambda problem: problem.line or 0)


def _anchored(settings: S, folder: Path) -> S:
    """`settings` whose paths, of data and network, no longer depend on where the file lies or the command runs."""
    blocks = {"dataset": settings.dataset, "model": settings.model}
    paths = {head: {name: _absolute(folder, value) for name, value in block if isinstance(value, Path)}
             for head, block in blocks.items()}
    return settings.model_copy(update={head: block.model_copy(update=paths[head]) for head, block in blocks.items()})


def _anchored_variations(space: SpaceFile, folder: Path) -> SpaceFile:
    """The same for paths that vary."""
    paths = {name: values for name, values in space.vary.items() if varied_leaf(name, space).is_path}
    absolute = {name: tuple(str(value if is_uri(value) else _absolute(folder, str(value))) for value in values)
                for name, values in paths.items()}
    return space.model_copy(update={"vary": {**space.vary, **absolute}})


def _absolute(folder: Path, path: str | Path) -> Path:
    return Path(os.path.abspath(folder / Path(path).expanduser()))
