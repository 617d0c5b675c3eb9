"""All that a plug-in brings, each with the checks of its kind."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sat_sweep.conformance import augmentations, datasets, methods, networks, noises, tasks
from sat_sweep.conformance.check import Finding, findings
from sat_sweep.data import augmentations as known_augmentations
from sat_sweep.data import datasets as known_datasets
from sat_sweep.data import noises as known_noises
from sat_sweep.errors import UserError, did_you_mean
from sat_sweep.methods import Dynamics
from sat_sweep.methods import registry as known_methods
from sat_sweep.models import models
from sat_sweep.registry import Registry
from sat_sweep.tasks import tasks as known_tasks

Options = Mapping[str, Mapping[str, Any]]
"""What to try things with: options by the name of the thing."""
HOSTS = ("ce", "co_teaching")
"""What dynamics are tried with: one network, and two."""


class Subject(NamedTuple):
    """Something that a plug-in has registered: its kind, as messages call it, and its name."""

    kind: str
    name: str


def brought_by(module: str) -> list[Subject]:
    """What `module`, or one within it, has registered, by kind and name."""
    return [Subject(kind, name) for kind, (registry, _) in _KINDS.items() for name in registry
            if _is_within(registry[name].__module__, module)]


def examined(subjects: Sequence[Subject], options: Options) -> Iterator[Finding]:
    """Try each of `subjects` with the checks of its kind, with its `options`.

    Raises UserError for options of something that is not among them.
    """
    known = [subject.name for subject in subjects]
    for name in options:
        if name not in known:
            raise UserError(f"there is nothing called '{name}' in it; {did_you_mean(name, known)}")
    for subject in subjects:
        registry, examine = _KINDS[subject.kind]
        file = getattr(sys.modules[registry[subject.name].__module__], "__file__", None)
        yield from examine(f"{subject.kind} {subject.name}", subject.name, options.get(subject.name, {}), file)


def _is_within(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith(f"{outer}.")


def _method(title: str, name: str, options: Mapping[str, Any], file: str | None) -> Iterator[Finding]:
    """By itself, or if it is dynamics, beside one network and two."""
    settings = {f"{name}.{option}": value for option, value in options.items()}
    if not issubclass(known_methods[name], Dynamics):
        yield from findings(title, methods.CHECKS, methods.MethodToy(name, settings), file)
        return
    for host in HOSTS:
        toy = methods.MethodToy(f"{host}+{name}", settings)
        yield from findings(f"{title} ({toy.method})", methods.CHECKS, toy, file)


def _with(toy: Callable[[str, Mapping[str, Any]], Any], checks: Sequence[Any]) -> _Examine:
    def examine(title: str, name: str, options: Mapping[str, Any], file: str | None) -> Iterator[Finding]:
        yield from findings(title, checks, toy(name, options), file)

    return examine


_Examine = Callable[[str, str, Mapping[str, Any], str | None], Iterator[Finding]]
_KINDS: dict[str, tuple[Registry[Any], _Examine]] = {
    "method": (known_methods, _method),
    "network": (models, _with(networks.NetworkToy, networks.CHECKS)),
    "dataset": (known_datasets, _with(datasets.DatasetToy, datasets.CHECKS)),
    "noise kind": (known_noises, _with(noises.NoiseToy, noises.CHECKS)),
    "augmentation": (known_augmentations, _with(augmentations.AugmentationToy, augmentations.CHECKS)),
    "task": (known_tasks, _with(tasks.TaskToy, tasks.CHECKS)),
}
