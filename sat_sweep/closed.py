"""The one way in which this package writes down settings: closed, frozen, hashable by content."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class Closed(BaseModel):
    """Settings that refuse unknown keys and cannot change; unequal content has an unequal `digest`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    def digest(self) -> str:
        """64 hex digits that name the content."""
        return digest(self.model_dump(mode="json"))


def digest(content: Any) -> str:
    """SHA-256 of JSON-serialisable content, independent of key order and process."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
