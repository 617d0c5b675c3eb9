"""A check: a rule that code must keep, tried with it, and what came of that."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from sat_sweep.errors import SatSweepError

T = TypeVar("T")
Check = Callable[[T], None]
"""Tries one rule, its docstring's first sentence, with what is examined; Broken says that it is not kept."""


class Broken(SatSweepError):
    """A rule is not kept; the message says what came instead."""


class Finding(NamedTuple):
    """What a check of `subject` ("method my_mae") found: the `rule`, and its `problem` if it is not kept."""

    subject: str
    rule: str
    problem: str | None


def require(holds: Any, otherwise: str) -> None:
    """Raise Broken with the sentence `otherwise` unless it `holds`."""
    if not holds:
        raise Broken(otherwise)


def rule_of(check: Check[T]) -> str:
    """The rule that `check` tries, in words."""
    return (check.__doc__ or check.__name__).strip().splitlines()[0].rstrip(".")


def findings(subject: str, checks: Iterable[Check[T]], examined: T, file: str | None) -> Iterator[Finding]:
    """Try all `checks` with what is `examined`; whatever code in `file` raises is its problem, with the line."""
    for check in checks:
        try:
            check(examined)
        except SatSweepError as error:
            yield Finding(subject, rule_of(check), str(error))
        except ValidationError as error:
            yield Finding(subject, rule_of(check), _refused(error))
        except Exception as error:  # of somebody else's code
            yield Finding(subject, rule_of(check), f"{type(error).__name__}: {error}{_line(error, file)}")
        else:
            yield Finding(subject, rule_of(check), None)


def _refused(error: ValidationError) -> str:
    """Which options are wrong or missing."""
    wrong = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    return f"{'; '.join(wrong)} (--set gives one)"


def _line(error: Exception, file: str | None) -> str:
    """Where in `file` it came from, if it came from there."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f" (line {lines[-1]})" if lines else ""
