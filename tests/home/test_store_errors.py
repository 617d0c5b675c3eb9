"""What a store's client says by itself, beside what it raises."""

from __future__ import annotations

import asyncio
import gc
import logging
from pathlib import Path

import pytest

from sat_sweep.home.object_store import filesystem_of


@pytest.mark.parametrize(("error", "is_told"), [(ConnectionResetError("closing transport"), False),
                                                (ValueError("a mistake"), True)])
def test_a_connection_that_breaks_is_told_by_what_it_raises_alone(
        error: Exception, is_told: bool, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """The client has tasks of its own for what it sends; Python would show a traceback for each that nobody awaits."""
    sync = pytest.importorskip("fsspec.asyn").sync
    pytest.importorskip("s3fs")
    filesystem, _ = filesystem_of(f"s3://bucket/{tmp_path.name}")

    async def fail() -> None:
        raise error

    async def leave() -> None:
        task = asyncio.ensure_future(fail())
        await asyncio.wait([task])

    with caplog.at_level(logging.ERROR, logger="asyncio"):
        sync(filesystem.loop, leave)
        gc.collect()
        sync(filesystem.loop, asyncio.sleep, 0)
    assert bool(caplog.records) == is_told
