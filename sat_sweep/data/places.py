"""Where a dataset's files lie: a path, or a URI of which a copy is kept on this machine.

    <cache>/sat-sweep/data/<digest>/files/    the files at one URI as they were at one time; the digest is over the URI
    <cache>/sat-sweep/data/<digest>/index     and the store's marks; each file's SHA-256, by which a copy is believed

A copy is made under another name and renamed once it is whole, so that nobody ever reads a part of one. `<cache>` is
$XDG_CACHE_HOME, else ~/.cache. Credentials come from the environment.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from sat_sweep.errors import DataMissing, DataUnavailable, StoreUnavailable
from sat_sweep.home.addresses import has_password
from sat_sweep.home.checksum import Damaged, sealed, unsealed
from sat_sweep.home.folder import Entry
from sat_sweep.home.object_store import RemoteFolder, filesystem_of
from sat_sweep.settings import digest


class _PathOrUri:
    """Validates a setting as a path, and leaves a URI as it is."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(_checked, handler.generate_schema(Path))


Place = Annotated[Path | str, _PathOrUri()]
"""A file or folder: a path on this machine, or a URI such as s3://bucket/data.npz."""


def is_uri(place: Any) -> bool:
    """Whether `place` is a URI."""
    return isinstance(place, str) and "://" in place


def local_copy(place: Path | str) -> Path:
    """The file or folder at `place` on this machine; of a URI the copy in the cache, fetched unless it is there.

    Raises DataUnavailable where nothing lies at a URI, StoreUnavailable where its store cannot be reached or refuses;
    whether a path exists is left to whoever reads it.
    """
    if not is_uri(place):
        return Path(place)
    uri = str(place).rstrip("/")
    folder, entries, name = _found(uri)
    cached = _cache() / digest([uri, sorted([entry.key, entry.mark, entry.size] for entry in entries)])[:32]
    if not _is_sound(cached):
        _fetch(folder, entries, cached)
    return cached / "files" / name


def local_file(place: Path | str) -> Path:
    """`local_copy` of a single file; raises DataUnavailable also for a folder, a pipe or a device, which has no end."""
    file = local_copy(place)
    if file.exists() and not file.is_file():
        raise DataUnavailable(f"{place} is no file")
    return file


def _checked(value: Any, as_path: Any) -> Any:
    if not is_uri(value):
        return as_path(value)
    if has_password(value):
        raise ValueError("a password does not belong into a file; credentials come from the environment")
    return value


def _found(uri: str) -> tuple[RemoteFolder, list[Entry], str]:
    """What lies at `uri`: its folder with a file and the file's name, or everything below a prefix and ""."""
    filesystem, root = filesystem_of(uri)
    parent, _, name = root.rpartition("/")
    folder = RemoteFolder(filesystem, parent, uri)
    if (file := folder.entry(name)) is not None:
        return folder, [file], name
    below = folder.inside(name)
    entries = sorted(below.entries(), key=lambda entry: entry.key)
    if not entries:
        raise DataMissing(f"{uri} does not exist; say where the data lie")
    return below, entries, ""


def _cache() -> Path:
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "sat-sweep" / "data"


def _is_sound(cached: Path) -> bool:
    """Whether every file of a copy is as it was fetched."""
    try:
        index = unsealed((cached / "index").read_bytes())["files"]
        return all(_checksum(cached / "files" / key) == checksum for key, checksum in index.items())
    except (Damaged, OSError, KeyError, TypeError):
        return False


def _checksum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _fetch(folder: RemoteFolder, entries: Sequence[Entry], cached: Path) -> None:
    """Make the copy, in the place of one that was not sound."""
    making = cached.with_name(f".{cached.name}.{uuid.uuid4().hex}")
    try:
        folder.fetch({entry.key: making / "files" / entry.key for entry in entries})
        index = {entry.key: _checksum(making / "files" / entry.key) for entry in entries}
        (making / "index").write_bytes(sealed({"place": folder.place, "files": index}))
        _refuse_changed(folder.place, entries, making)
        shutil.rmtree(cached, ignore_errors=True)
        making.rename(cached)
    except StoreUnavailable:
        raise
    except OSError as error:
        if not _is_sound(cached):  # else somebody else was faster
            raise DataUnavailable(f"{folder.place} cannot be copied to {cached.parent}: {error}; another folder can be "
                                  "named by XDG_CACHE_HOME") from error
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _refuse_changed(place: str, entries: Sequence[Entry], making: Path) -> None:
    """Raise DataUnavailable if what was read is not what was listed."""
    changed = [entry.key for entry in entries if (making / "files" / entry.key).stat().st_size != entry.size]
    if changed:
        raise DataUnavailable(f"{place}: {changed[0]} has changed while it was read; try again")
