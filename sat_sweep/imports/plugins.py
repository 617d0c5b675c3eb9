"""Plug-ins that a file names: code outside this package whose networks, methods, datasets, noise kinds and tasks count.

    plugins: [my_networks.py, my_package.methods]      files, relative to the space file, and importable modules

A file may also be a URI, such as s3://bucket/my_networks.py, which is where it lies once it was sent to a cluster.

Settings that name plug-ins load them before anything else of them is validated, wherever they are read: in a driver,
in a worker, by `sat-sweep run`. They remember the code by its SHA-256, and other code under the same name is refused:
what was trained with one must not be taken for the other.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from sat_sweep.errors import UserError
from sat_sweep.registry import Registry
from sat_sweep.settings import Closed


class Plugin(Closed):
    """A plug-in, which is loaded as soon as it is named."""

    source: str
    """A Python file, or a module that can be imported."""
    sha256: str | None = None
    """Of the code as it was when the sweep began; null: whatever it is now."""


def _spelt_out(given: Any) -> Any:
    return {"source": given} if isinstance(given, str) else given


def _loaded(plugin: Plugin) -> Plugin:
    found = load(plugin.source)
    if plugin.sha256 not in (None, found):
        raise UserError(f"the plug-in '{plugin.source}' is no longer the code that this was made with; "
                        "put it back, or launch under a new name")
    return plugin.model_copy(update={"sha256": found})


AnyPlugin = Annotated[Plugin, AfterValidator(_loaded), BeforeValidator(_spelt_out, json_schema_input_type=str | Plugin)]


def load(source: str) -> str:
    """Make known what the file or module `source` registers, once; the SHA-256 of its code.

    A file that has changed since takes the place of what it was. Raises ValueError if it cannot be loaded.
    """
    return code_digest(module_of(source).__name__)


def module_of(source: str) -> ModuleType:
    """The module of the plug-in `source`, loaded; raises ValueError if it cannot be."""
    return _file(source) if source.endswith(".py") else _importable(source)


def load_all(sources: Iterable[str]) -> None:
    """`load` for each of the command line's `sources`; raises UserError."""
    for source in sources:
        try:
            load(source)
        except ValueError as error:
            raise UserError(str(error)) from error


def forget(name: str) -> None:
    """Unload the module `name`, and drop what it has registered."""
    sys.modules.pop(name, None)
    code_digest.cache_clear()
    for registry in Registry.everywhere:
        registry.forget(name)


def anchored(plugins: Any, folder: Path) -> Any:
    """What stands behind `plugins:` in a file in `folder`, with files no longer relative to it."""
    if not isinstance(plugins, list):
        return plugins
    return [{**given, "source": _absolute(given["source"], folder)}
            if isinstance(given, dict) and "source" in given else _absolute(given, folder) for given in plugins]


def foreign_code(*known: Any) -> dict[str, str]:
    """Of those classes and functions that are not this package's: the name and the SHA-256 of its module's code."""
    return {each.__qualname__: code_digest(each.__module__) for each in known
            if each.__module__.partition(".")[0] != "sat_sweep"}


@cache
def code_digest(module: str) -> str:
    """The SHA-256 of the file that `module` was made from, as it was then; of its name if it has no file."""
    known = sys.modules[module]
    content = getattr(known, _CODE, None) or _content(getattr(known, "__file__", None)) or module.encode()
    return hashlib.sha256(content).hexdigest()


_REFUSALS = (Exception, SystemExit, GeneratorExit)
"""What a plug-in may raise when it is imported, all but Ctrl-C: one that exits does not end the command in silence."""
_CODE = "__plugin_code__"
"""Where a module that was loaded from a file keeps what stood in it."""


def _content(file: str | None) -> bytes | None:
    return Path(file).read_bytes() if file else None


def _absolute(source: Any, folder: Path) -> Any:
    is_file = isinstance(source, str) and source.endswith(".py") and "://" not in source
    return os.path.abspath(folder / Path(source).expanduser()) if is_file else source


def _importable(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except _REFUSALS as error:
        raise ValueError(f"'{name}' cannot be imported: {_words(error)}; name a .py file or a module that "
                         "Python finds") from error


def _file(place: str) -> ModuleType:
    content = _read(place)
    name = f"{Path(place).stem}_{hashlib.sha256(place.encode()).hexdigest()[:8]}"
    known = sys.modules.get(name)
    return known if known and getattr(known, _CODE, None) == content else _executed(name, place, content)


def _read(place: str) -> bytes:
    try:
        if "://" not in place:
            return _read_file(Path(place))
        import fsspec

        with fsspec.open(place, "rb") as file:
            return bytes(file.read())
    except Exception as error:  # whatever a store's client raises
        raise ValueError(f"'{place}' cannot be read: {getattr(error, 'strerror', None) or _words(error)}") from error


def _read_file(file: Path) -> bytes:
    if file.exists() and not file.is_file():  # reading a pipe or a device may never end
        raise ValueError("it is no file")
    return file.read_bytes()


def _executed(name: str, place: str, content: bytes) -> ModuleType:
    """The module `name` made of `content`, in the place of any earlier one; nothing is left of one that fails."""
    spec = importlib.util.spec_from_loader(name, None, origin=place)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__file__ = place
    setattr(module, _CODE, content)
    forget(name)
    sys.modules[name] = module
    try:
        exec(compile(content, place, "exec"), vars(module))
    except _REFUSALS as error:
        forget(name)
        raise ValueError(f"'{place}' cannot be loaded: {_words(error)}") from error
    return module


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
