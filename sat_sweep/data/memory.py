"""Whether something fits into this machine's memory, asked before it is made: afterwards nobody is left to tell."""

from __future__ import annotations

import os

from sat_sweep.errors import DataUnavailable


def refuse_too_large(size: int, what: str) -> None:
    """Raise DataUnavailable where `what`, of `size` bytes, is more than this machine has memory for."""
    if size > (room := _memory()):
        raise DataUnavailable(f"{what} would take {size / 1e9:,.1f} GB of memory, and this machine has "
                              f"{room / 1e9:,.1f} GB")


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
