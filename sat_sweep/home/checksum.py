"""Records that are read back: JSON with a format number, believed only if its checksum is right.

    {"checksum": "<SHA-256 of all that follows>", "format": 1, ...}
    {"hmac-256": "<HMAC-SHA256 of all that follows>", "format": 1, "signed_by": …, ...}     with a key of the home

The checksum is over the bytes as they lie in the file, so no two ways of writing a number can disagree about it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from sat_sweep.errors import UserError
from sat_sweep.home.key import FILE_VARIABLE, VARIABLE, digest_of, key_name

FORMAT = 1
"""Raised whenever older code would misread a record."""
CHECKSUM, SIGNED = b'{"checksum": "', b'{"hmac-256": "'
"""How a record begins: the two are of the same length."""
_LENGTH = len(CHECKSUM) + 64 + len('",')


class Damaged(UserError):
    """A record that is empty, truncated or not as it was written; nothing in it can be believed."""


class OtherKey(Damaged):
    """A record that says that it was written with another key than this process has, who may have the wrong one."""


NOT_SIGNED = f"it is not signed with this home's key, the one of {VARIABLE} or {FILE_VARIABLE}"
NO_KEY = f"it is signed with this home's key, and neither {VARIABLE} nor {FILE_VARIABLE} is set here"


class TooNew(UserError):
    """A record that a later version of this package has written."""


def sealed(content: Mapping[str, Any], indent: int | None = None) -> bytes:
    """`content` as the bytes of a file; the keys `checksum`, `format` and, with a key, `signed_by` are ours."""
    signed = {} if (name := key_name()) is None else {"signed_by": name}
    rest = json.dumps({"format": FORMAT, **signed, **content}, indent=indent)[1:].encode()
    return b'%s%s",%s' % (SIGNED if signed else CHECKSUM, digest_of([rest]).hex().encode(), rest)


def unsealed(file: bytes | bytearray) -> Any:
    """The content that `sealed` was given; raises Damaged, OtherKey where keys differ, or TooNew.

    Without a key, what was written before there were checksums is read as well: a mapping without a format number, or
    a list.
    """
    content, name = _parsed(bytes(file)), key_name()
    if not _is_whole(file, CHECKSUM if name is None else SIGNED):
        _refuse_other_keys(content, name)
        if name is not None or (isinstance(content, dict) and ("format" in content or "checksum" in content)):
            raise Damaged("its checksum is wrong")
        return content
    if not isinstance(content, dict) or type(number := content.pop("format", None)) is not int:
        raise Damaged("it is no record")
    if number > FORMAT:
        raise TooNew("it was written by a later version of sat-sweep; update this one")
    for ours in ("checksum", "hmac-256", "signed_by"):
        content.pop(ours, None)
    return content


def _refuse_other_keys(content: Any, name: str | None) -> None:
    """Raise Damaged for `content` that is not ours, by its own account; ours is the key with this `name`."""
    known = content.get("signed_by") if isinstance(content, dict) else None
    if name is not None and known is None:
        raise Damaged(NOT_SIGNED)
    if known != name:
        raise OtherKey(NO_KEY if name is None else NOT_SIGNED)


def _is_whole(file: bytes | bytearray, begin: bytes) -> bool:
    """Whether the file starts with `begin` and its right checksum."""
    end = b'",'
    if not file.startswith(begin) or file[_LENGTH - len(end):_LENGTH] != end:
        return False
    right = digest_of([memoryview(file)[_LENGTH:]]).hex().encode()
    return hmac.compare_digest(bytes(file[len(begin):_LENGTH - len(end)]), right)


def _parsed(file: bytes) -> Any:
    try:
        content = _from_json(file)
    except (RecursionError, ValueError):  # not JSON, or not even text
        raise Damaged("it is empty" if not file else "it is truncated or damaged") from None
    if not isinstance(content, dict | list):
        raise Damaged("it is no record")
    return content


def _from_json(file: bytes) -> Any:
    """What `json.loads` says, four times as fast where that much is possible; raises as it does."""
    try:
        return from_json(file)
    except ValueError:  # also text that is half a character, such as a file name that is none, which json reads
        return json.loads(file)
