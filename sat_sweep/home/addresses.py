"""Addresses of services: with passwords to connect, without to look at.

A password stands in the environment, and an address refers to it: `postgresql://${PGUSER}:${PGPASSWORD}@host/db`. Every
record and message has the address as it was written; `expanded` is called where a connection is made and nowhere else.
"""

from __future__ import annotations

import os
import re
from urllib.parse import quote

from sat_sweep.errors import UserError

_REFERENCE = r"\$\{(\w+)\}"
_USER = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://"
                   r"(?P<user>[^\s/:@'\"<>]*:(?!\d+[/?#])[^\s'\"<>]*|[^\s/:?#'\"<>]*)@", re.IGNORECASE)
"""What stands before the last @; a password may have @ and slashes in it, as databases allow, a port may not."""
_QUERY = re.compile(r"(?P<name>[?&][\w.-]*(?:password|passwd|pwd|secret|token|key)[\w.-]*)=(?P<value>[^&\s'\"<>]*)",
                    re.IGNORECASE)


def redacted(text: str) -> str:
    """`text` with every password in the addresses in it as `***`; references to variables stay."""
    text = _USER.sub(lambda found: f"{found['scheme']}://***@" if _tells(found) else found[0], text)
    return _QUERY.sub(lambda found: f"{found['name']}=***" if _literal(found["value"]) else found[0], text)


def has_password(address: str) -> bool:
    """Whether a password, or what may be one, stands in `address` itself."""
    return redacted(address) != address


def expanded(address: str) -> str:
    """`address` with the variables it refers to, to connect with; raises UserError where one is not set."""
    missing = [name for name in re.findall(_REFERENCE, address) if name not in os.environ]
    if missing:
        raise UserError(f"'{redacted(address)}' needs the environment variable {' and '.join(missing)}, not set here")
    user, at, place = address.rpartition("@")
    return re.sub(_REFERENCE, lambda found: quote(os.environ[found[1]], safe=""), user) + at + \
        re.sub(_REFERENCE, lambda found: os.environ[found[1]], place)


def _tells(found: re.Match[str]) -> bool:
    """Whether a match of _USER has a password; where a web server is meant, a name alone may be a token."""
    name, colon, password = found["user"].partition(":")
    return _literal(password) if colon else found["scheme"].lower().startswith("http") and _literal(name)


def _literal(text: str) -> bool:
    """Whether `text` is more than references to variables."""
    return bool(re.sub(_REFERENCE, "", text))
