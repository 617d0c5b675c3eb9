"""Fuzz the reader of space files: `python -m tests.inputs.fuzz_space_file SECONDS`.

Whatever the bytes are, they are a space file that is read back from what is written of it to the same, or refused.
"""

from __future__ import annotations

from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sat_sweep.config", "sat_sweep.settings"]):
    from sat_sweep.config.loader import dump, space_from
    from sat_sweep.config.yaml_lines import read_yaml, write_yaml
    from sat_sweep.errors import UserError
from tests.inputs.fuzzing import fuzz
from tests.inputs.spaces import WRONG_VALUES, WRONG_YAML

HERE = Path("/nowhere")
SHIPPED = Path(__file__).parents[2] / "search_spaces"


def read(content: bytes) -> None:
    """Read `content` as a space file; raises for anything but acceptance and refusal."""
    document = read_yaml(content.decode("utf-8", "replace"))
    if document.problems:
        return
    assert str(read_yaml(write_yaml(document.data)).data) == str(document.data)  # NaN is unequal to itself
    if not isinstance(document.data, dict):
        return
    try:
        space = space_from({**document.data, "plugins": []}, HERE)  # any module of Python would be one
    except UserError:
        return
    assert space_from(read_yaml(dump(space)).data, HERE) == space


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


if __name__ == "__main__":
    corpus = [text for text, _ in (WRONG_YAML | WRONG_VALUES).values() if len(text) <= 1024]
    fuzz(read, [*map(_bytes, corpus), *(file.read_bytes()[:1024] for file in SHIPPED.glob("*.yaml"))],
         ["!!", "&a", "*a", "<<", "---", "...", "? ", ": ", "- ", "{low: ", "high: ", "choices: ",
          "sat.momentum", "+reset"])
