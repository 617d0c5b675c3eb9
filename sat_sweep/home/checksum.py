"""Records that are read back: JSON with a format number, believed only if its checksum is right.

    {"checksum": "<SHA-256 of all that follows>", "format": 1, ...}

The checksum is over the bytes as they lie in the file, so no two ways of writing a number can disagree about it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sat_sweep.errors import UserError

FORMAT = 1
"""Raised whenever older code would misread a record."""
_LENGTH = len(b'{"checksum": "",') + 64


class Damaged(UserError):
    """A record that is empty, truncated or not as it was written; nothing in it can be believed."""


class TooNew(UserError):
    """A record that a later version of this package has written."""


def sealed(content: Mapping[str, Any], indent: int | None = None) -> bytes:
    """`content` as the bytes of a file; the keys `checksum` and `format` are ours."""
    rest = json.dumps({"format": FORMAT, **content}, indent=indent)[1:].encode()
    return _head(rest) + rest


def unsealed(file: bytes | bytearray) -> Any:
    """The content that `sealed` was given; raises Damaged or TooNew.

    What was written before there were checksums is read as well: a mapping without a format number, or a list.
    """
    head, rest = bytes(file[:_LENGTH]), bytes(file[_LENGTH:])
    content = _parsed(bytes(file))
    if head != _head(rest):
        if isinstance(content, dict) and ("format" in content or "checksum" in content):
            raise Damaged("its checksum is wrong")
        return content
    if content.pop("format") > FORMAT:
        raise TooNew("it was written by a later version of sat-sweep; update this one")
    del content["checksum"]
    return content


def _head(rest: bytes) -> bytes:
    return b'{"checksum": "%s",' % sha256(rest).hexdigest().encode()


def _parsed(file: bytes) -> Any:
    try:
        content = json.loads(file)
    except ValueError:  # not JSON, or not even text
        raise Damaged("it is empty" if not file else "it is truncated or damaged") from None
    if not isinstance(content, dict | list):
        raise Damaged("it is no record")
    return content
