"""A sweep that is ended while it starts: with the status that says so, and nothing of it left."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.execution.sweeps import Driver, Lab, birth, descendants

pytestmark = pytest.mark.slow


@pytest.fixture
def ray_folder() -> Iterator[Path]:
    """A short path: Ray makes sockets in it."""
    with tempfile.TemporaryDirectory(prefix="ray-") as name:
        yield Path(name)


def gone(children: dict[int, str]) -> bool:
    return all(birth(pid) != born for pid, born in children.items())


@pytest.mark.parametrize("moment", ["Python", "Ray begins", "Ray's agents", "the sweep is described"])
def test_sigterm_is_heard_from_the_first_moment_on(tmp_path: Path, ray_folder: Path, moment: str) -> None:
    lab = Lab(tmp_path)
    with lab.driver(RAY_TMPDIR=str(ray_folder)) as driver:
        driver.wait_for(lambda: has_come(moment, driver, lab, ray_folder))
        children = descendants(driver.process.pid)
        driver.process.send_signal(signal.SIGTERM)
        ended = driver.ended()
        children |= driver.seen
        assert ended.status == 3, ended.err
        assert "Traceback" not in ended.err
        deadline = time.monotonic() + 20
        while not gone(children):
            assert time.monotonic() < deadline, "children are left"
            time.sleep(0.1)


def has_come(moment: str, driver: Driver, lab: Lab, ray_folder: Path) -> bool:
    if moment == "Python":  # the handler is set before anything heavy is imported: about when modules are mapped
        return "multiarray" in maps(driver.process.pid) or "_ssl" in maps(driver.process.pid)
    if moment == "Ray begins":
        return any((ray_folder / "ray").glob("session_2*"))
    if moment == "Ray's agents":
        return any("agent" in words for words in map(words_of, descendants(driver.process.pid)))
    return (lab.home / "tiny" / "sweep.json").exists()


def maps(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


def words_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
