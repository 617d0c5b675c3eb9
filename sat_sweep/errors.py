"""The words for what can go wrong, and the exit status that says so.

    SatSweepError            everything this package raises on purpose
    ├── MachineFailure       the machine cannot go on; nothing is lost, and another time or place may do
    └── UserError            the user's input; the command line answers with status 2 and no traceback
        ├── SpaceFileError   a space or trial file: every problem at once, with line and remedy
        ├── DataUnavailable  a dataset's files are missing, unreadable or not what they should be
        │   └── DataMissing  they are not here; on another machine they may be
        └── StoreUnavailable an object store out of reach, or one that refuses; also an OSError
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class ExitStatus(IntEnum):
    """What a command ends with."""

    DONE = 0
    INCOMPLETE = 1
    """Finished, but a study has no usable trial, or too many failed."""
    USER_INPUT = 2
    """The user's input: one message, no traceback."""
    INTERRUPTED = 3
    """Interrupted and resumable."""


class SatSweepError(Exception):
    """Everything this package raises on purpose."""


class MachineFailure(SatSweepError):
    """The machine cannot go on: a full disk, a database that is gone. What was running is resumable."""


class UserError(SatSweepError):
    """Something the user gave cannot be used; the message says the rule, what came and what is allowed."""


class DataUnavailable(UserError):
    """A dataset's files are missing, unreadable or not what they should be."""


class DataMissing(DataUnavailable):
    """A dataset's files are not here, which says nothing against them: a plan can do without."""


class StoreUnavailable(UserError, OSError):
    """An object store that cannot be reached, or refuses.

    When a command starts that is the user's to mend; later it is an error of the machine's, as a full disk is.
    """


@dataclass(frozen=True)
class Problem:
    """One mistake in a file: where it stands, the rule it breaks and, where there is one, the remedy.

    `path` is the dotted place in the file (`noise.rates.1`); `line` counts from 1, None when unknown.
    """

    path: str
    message: str
    line: int | None = None
    remedy: str | None = None


class SpaceFileError(UserError):
    """A space or trial file with everything that is wrong in it."""

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        self.file, self.problems = file, tuple(problems)
        super().__init__(self._text())

    def _text(self) -> str:
        count = len(self.problems)
        lines = [f"{self.file}: {count} problem{'s' if count != 1 else ''}"]
        for problem in self.problems:
            place = self.file if problem.line is None else f"{self.file}:{problem.line}"
            lines.append(f"  {place}: {one_line(problem.path, 200)}: {one_line(problem.message)}")
            if problem.remedy:
                lines.append(f"      {problem.remedy}")
        return "\n".join(lines)


def one_line(text: str, longest: int = 1000) -> str:
    """`text` as a terminal may show it: no more than a line, no control characters, nothing that is no character."""
    shown = "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
    return shown if len(shown) <= longest else f"{shown[:longest - 1]}…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint naming the closest of `known`, else all of them."""
    known = sorted(known)
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"allowed: {', '.join(known)}"
