"""Who is told how a sweep ended."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sat_sweep.config.block import Block

Event = Literal["finished", "failed", "interrupted"]
_REFERENCE = re.compile(r"\$\{\w+\}")


def _reference(text: str) -> str:
    """An address of a messenger is itself a password, so it is not repeated here either."""
    if not _REFERENCE.fullmatch(text):
        raise ValueError("must refer to an environment variable that has the address, such as ${MY_SLACK}: an address "
                         "is a secret")
    return text


class Messages(Block):
    """Who is told how a sweep ended, through apprise (extra `messages`)."""

    to: Annotated[tuple[Annotated[str, AfterValidator(_reference)], ...], Field(min_length=1)]
    """Environment variables with addresses of apprise, such as `${MY_SLACK}`."""
    on: Annotated[tuple[Event, ...], Field(min_length=1)] = ("finished", "failed", "interrupted")
    """`finished`; `failed`: a study is without an answer, or the machine could not go on; `interrupted`: or stopped."""
