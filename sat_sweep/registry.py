"""What is registered is known everywhere, nothing else is edited.

Three kinds of code register: modules in a registry's own package, installed packages that name themselves in the
entry-point group `sat_sweep.plugins`, and files that a space file names (`imports.plugins`).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any, ClassVar, Generic, TypeVar

from sat_sweep.errors import UserError, did_you_mean

T = TypeVar("T")

GROUP = "sat_sweep.plugins"
"""Entry points of this group are imported before any registry is read."""


class Registry(Generic[T]):
    """Names to things of one kind, from the modules of `package`.

    Whoever asks for a name gets it from the module of that name if there is one; otherwise all are imported. A worker
    needs one of each kind.
    """

    everywhere: ClassVar[list[Registry[Any]]] = []

    def __init__(self, kind: str, package: str) -> None:
        self.kind, self.package = kind, package
        self.changes = 0
        """How often something has been added or forgotten: whoever has read it knows when to read it again."""
        self._entries: dict[str, T] = {}
        self._discovered = False
        self.everywhere.append(self)

    def add(self, name: str, entry: T) -> T:
        """Register `entry`; a name can be given once, and our own come first."""
        if not entry.__module__.startswith(f"{self.package}."):
            self._discover()
        if name in self._entries:
            raise ValueError(f"{self.kind} '{name}' is registered twice")
        self._entries[name] = entry
        self.changes += 1
        return entry

    def forget(self, module: str) -> None:
        """Drop what `module` has registered."""
        kept = {name: entry for name, entry in self._entries.items() if entry.__module__ != module}
        self.changes += len(self._entries) - len(kept)
        self._entries = kept

    @property
    def modules(self) -> set[str]:
        """The modules that have registered something so far."""
        return {str(entry.__module__) for entry in self._entries.values()}

    def __getitem__(self, name: str) -> T:
        if name not in self._entries:
            self._import_by_name(name)
        if name not in self._entries:
            self._discover()
        if name not in self._entries:
            raise UserError(f"unknown {self.kind} '{name}'; {did_you_mean(name, self._entries)}")
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        self._discover()
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        self._discover()
        return iter(sorted(self._entries))

    def _import_by_name(self, name: str) -> None:
        if not self._discovered and name.isidentifier() and not name.startswith("_"):
            importlib.import_module(self.package)
            if find_spec(f"{self.package}.{name}") is not None:
                importlib.import_module(f"{self.package}.{name}")

    def _discover(self) -> None:
        if self._discovered:
            return
        self._discovered = True
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__):
            if not module.name.startswith("_"):
                importlib.import_module(f"{self.package}.{module.name}")
        _import_installed()


@cache
def _import_installed() -> None:
    """Import what installed packages offer; raises UserError for one that cannot be."""
    for point in entry_points(group=GROUP):
        try:
            point.load()
        except Exception as error:
            raise UserError(f"the installed plug-in '{point.name}' ({point.value}) cannot be imported: "
                            f"{type(error).__name__}: {error}; mend or uninstall it") from error
