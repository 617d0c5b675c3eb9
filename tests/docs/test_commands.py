"""Every command that a page shows exists, with its options; no other program is called unexplained."""

from __future__ import annotations

import pytest
import typer

from sat_sweep.cli import app

from .blocks import Block, blocks_of, every, lines, ours

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
OTHER_PROGRAMS = {
    "pip": "installs uv", "uv": "installs the package, or runs the tests", "uvx": "installs the hooks",
    "source": "enters the environment", "export": "a token that the reader has",
    "python": "tests/export runs the predict.py of an exported folder",
}
FOLLOWED_ELSEWHERE = {"docs/cluster.md": "tests/docker/test_docs_cluster.py"}
CALLS = [(block, words) for block in every("bash") if block.page not in FOLLOWED_ELSEWHERE for words in lines(block)]


def understood(words: list[str]) -> None:
    """Raise what the command line would say of a call of ours."""
    command, *arguments = ours(words) or []
    COMMANDS[command].make_context(command, arguments)


@pytest.mark.parametrize("call", [pytest.param(words, id=f"{block} {' '.join(words)}")
                                  for block, words in CALLS if ours(words) is not None])
def test_it_is_understood(call):
    understood(call)


def test_every_other_program_is_known():
    assert {words[0] for _, words in CALLS if ours(words) is None} <= {*OTHER_PROGRAMS}


@pytest.mark.parametrize(("line", "problem"), [
    ("sat-sweep launch mine.yaml --detached", "--detached"), ("uv run sat-sweep lauch mine.yaml", "lauch"),
    ("sat-sweep extend mine", "trials"),
])
def test_a_call_that_is_wrong_is_found(line, problem):
    block, = blocks_of(f"```bash\n{line}   # as it was\n```\n")
    assert isinstance(block, Block)
    with pytest.raises(Exception, match=problem):
        understood(next(lines(block)))
