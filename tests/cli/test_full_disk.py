"""A disk that takes no more is a sentence and status 3, whatever the command was doing."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest

from sat_sweep.home.files import LocalFolder
from tests.cli.making import space_file


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 3), (errno.EROFS, 3), (errno.EISDIR, 1)])
def test_what_the_disk_says_is_a_sentence(number: int, status: int, cli: Any, tmp_path: Any,
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything else that the system says is a bug, and shows where."""
    def write(self: LocalFolder, key: str, *_: Any, **__: Any) -> str:
        raise OSError(number, os.strerror(number), key)

    monkeypatch.setattr(LocalFolder, "write", write)
    answer = cli("launch", space_file(tmp_path), "--serial", "--yes")
    assert answer.exit_code == status
    assert isinstance(answer.exception, SystemExit) == (status == 3)
    assert ("this machine cannot go on" in answer.output) == (status == 3)
