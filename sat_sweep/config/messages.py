"""Who is told how a sweep ended."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from sat_sweep.config.block import Block

Event = Literal["finished", "failed", "interrupted"]
_REFERENCE = re.compile(r"\$\{\w+\}")


def _references(given: Any) -> Any:
    """An address of a messenger is itself a password: no message repeats what was given, of whatever type it is."""
    listed = given if isinstance(given, list | tuple) else [given]
    if not listed or not all(isinstance(each, str) and _REFERENCE.fullmatch(each) for each in listed):
        raise ValueError("must be a list of references to environment variables that have the addresses, such as "
                         "[\"${MY_SLACK}\"]: an address is a secret")
    return tuple(listed)


class Messages(Block):
    """Who is told how a sweep ended, through apprise (extra `messages`)."""

    to: Annotated[tuple[str, ...], BeforeValidator(_references)]
    """Environment variables with addresses of apprise, such as `${MY_SLACK}`."""
    on: Annotated[tuple[Event, ...], Field(min_length=1)] = ("finished", "failed", "interrupted")
    """`finished`; `failed`: a study is without an answer, or the machine could not go on; `interrupted`: or stopped."""
