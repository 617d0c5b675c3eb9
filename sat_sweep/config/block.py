"""What every block of the space file is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, Strict

from sat_sweep.settings import Closed

MOST = 1_000_000
"""What is counted goes no further: a slip of the finger is told, instead of a plan that never ends."""
Count = Annotated[int, Strict(), Field(ge=1, le=MOST)]
Number = Annotated[float, Strict()]
Switch = Annotated[bool, Strict()]


class Block(Closed):
    """A block of the space file; the text below a field is its description in the JSON schema."""

    model_config = ConfigDict(use_attribute_docstrings=True)
