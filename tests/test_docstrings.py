"""Every parameter of a public function is explained where numbers are made and where plug-ins begin.

Ruff can ask for a section with a line per argument; our docstrings are prose that names arguments in backticks.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest

from sat_sweep.methods import registry

ROOMS = ("data", "methods", "models", "tasks", "training")
PLAIN = {"bool", "int", "float", "str", "bytes", "Any", "object", "dict", "list", "tuple", "set", "Callable",
         "Sequence", "Mapping", "Iterable", "None", "torch", "Tensor", "np", "ndarray"}
"""Types that do not say what they hold; all others are classes with docstrings of their own."""
CONTRIBUTING = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text()
WORDS = CONTRIBUTING.partition("### Words")[2].partition("\n#")[0]
EVERYWHERE = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (.*?) \|", WORDS, re.MULTILINE))))
"""Names with one meaning in the whole package."""


def modules() -> Iterator[str]:
    for room in ROOMS:
        package = importlib.import_module(f"sat_sweep.{room}")
        yield package.__name__
        yield from (found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))


def functions(module: str) -> Iterator[tuple[FunctionType, str]]:
    """The public functions and methods that `module` defines, each with what is written about it."""
    for thing in vars(importlib.import_module(module)).values():
        if not isinstance(thing, type | FunctionType) or thing.__module__ != module or thing.__name__.startswith("_"):
            continue
        if isinstance(thing, type):
            yield from methods(thing)
        else:
            yield thing, thing.__doc__ or ""


def methods(cls: type) -> Iterator[tuple[FunctionType, str]]:
    """Those of `cls` itself; what is written about the class and about what a method overrides counts as well."""
    for name, member in vars(cls).items():
        function = getattr(member, "__func__", member)  # of a class method
        if isinstance(function, FunctionType) and function.__module__ == cls.__module__ and not name.startswith("_"):
            ours = [base for base in cls.__mro__ if base.__module__.startswith("sat_sweep")]
            yield function, "\n".join(str(thing.__doc__) for base in ours for thing in (base, vars(base).get(name)))


def unexplained(function: FunctionType, words: str) -> list[str]:
    named = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`]*`", words))))
    return [name for name, parameter in inspect.signature(function).parameters.items()
            if set(re.findall(r"\w+", str(parameter.annotation))) <= PLAIN and name not in named | EVERYWHERE]


@pytest.mark.parametrize("module", list(modules()))
def test_every_parameter_is_explained(module):
    missing = {function.__qualname__: names for function, words in functions(module)
               if (names := unexplained(function, words))}
    assert missing == {}


@pytest.mark.parametrize("method", list(registry))
def test_every_hyperparameter_says_what_it_means(method):
    """In one line, as `sat-sweep methods` prints it."""
    meanings = {name: field.description or "" for name, field in registry[method].Parameters.model_fields.items()}
    assert {name: meaning for name, meaning in meanings.items()
            if len(meaning.split()) < 2 or meaning.endswith(".") or "\n" in meaning} == {}


def test_a_parameter_that_nobody_explains_is_found():
    def scaled(values: list[float], factor: float, epoch: int) -> list[float]:
        """`values`, larger."""
        return [factor * value for value in values]

    assert unexplained(scaled, scaled.__doc__) == ["factor"]
