"""Commands that are given something to read, and what must hold however wrong it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from sat_sweep.cli import app

SPACE: dict[str, Any] = {
    "name": "tiny", "dataset": {"name": "digits", "subset": 100}, "noise": {"kind": "symmetric", "rates": [0.2]},
    "methods": ["ce"], "model": {"name": "mlp", "width": 4}, "training": {"epochs": 1, "batch_size": 64},
    "search": {"trials": 1}, "confirm": {"seeds": 1},
}
"""A sound space file that costs nothing."""
LONGEST = 2000
"""Characters of a line that somebody may still want to read."""


@dataclass(frozen=True)
class Place:
    """Where a test works: `folder` for its files, a home beside it that nothing has made yet."""

    folder: Path
    home: Path

    def ask(self, *words: object) -> Result:
        """The answer of the command line in this process."""
        return CliRunner().invoke(app, [*map(str, words)], env={"SAT_SWEEP_HOME": str(self.home)})

    def refused(self, *words: object) -> str:
        """What the command says, which must be a refusal: status 2, in a sentence, and nothing is left in the home."""
        return refusal_of(self.ask(*words), self.home)

    @contextmanager
    def file(self, content: str | bytes, name: str = "space.yaml") -> Iterator[Path]:
        """A file with this `content`."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        yield path


def refusal_of(answer: Result, home: Path) -> str:
    """What was said on standard error; raises AssertionError unless it is a refusal that leaves nothing in `home`."""
    assert isinstance(answer.exception, SystemExit), repr(answer.exception)
    assert answer.exit_code == 2, answer.output
    said = answer.stderr
    assert "Traceback" not in said
    assert said.strip()
    assert all(len(line) <= LONGEST and line.isprintable() for line in said.splitlines()), said[:LONGEST]
    left = sorted(path.name for path in home.rglob("*")) if home.exists() else []
    assert not left, f"left in the home: {left}"
    return said
