"""What every block of the space file is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, Strict

from sat_sweep.settings import Closed

Count = Annotated[int, Strict(), Field(ge=1)]
Number = Annotated[float, Strict()]
Switch = Annotated[bool, Strict()]


class Block(Closed):
    """A block of the space file; the text below a field is its description in the JSON schema."""

    model_config = ConfigDict(use_attribute_docstrings=True)
