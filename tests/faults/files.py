"""Files of the home that are damaged, while the sweep runs or between two launches."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.faults.round import Round

PLACES = {"state": "trajectories/*/[!.]*.state", "segment": "trajectories/*/[!.]*.records",
          "result": "tiny/results/**/[!.]*.json", "record": "tiny/sweep*.json", "status": "tiny/status.json",
          "studies": "studies.db", "MLflow": "mlflow.db", "evidence": "evidence/**/[!.]*"}


def truncated(path: Path, this: Round) -> None:
    with path.open("r+b") as file:
        file.truncate(this.choice.randrange(max(1, path.stat().st_size)))


def flipped(path: Path, this: Round) -> None:
    content = bytearray(path.read_bytes() or b"?")
    content[this.choice.randrange(len(content))] ^= 1 << this.choice.randrange(8)
    path.write_bytes(content)


def emptied(path: Path, _: Round) -> None:
    path.write_bytes(b"")


def deleted(path: Path, _: Round) -> None:
    path.unlink()


WAYS = (truncated, flipped, emptied, deleted)


def damage(kind: str, share: float = 0.5) -> Callable[[Round], None]:
    """Between two launches some files of a kind are damaged, each in some way."""
    return damage_at(PLACES[kind], share)


def damage_at(pattern: str, share: float = 0.5) -> Callable[[Round], None]:
    """The same for all files of the home that match `pattern`; a single one is damaged for sure."""

    def do(this: Round) -> None:
        this.moment((1, 9))
        this.kill_all()
        paths = sorted(path for path in this.home.glob(pattern) if path.is_file())
        for path in paths:
            if len(paths) == 1 or this.choice.random() < share:
                with suppress(FileNotFoundError):
                    this.choice.choice(WAYS)(path, this)

    return do


def delete_trajectories(this: Round) -> None:
    """While the sweep runs, everything that is shared goes."""
    this.moment((1, 9))
    shutil.rmtree(this.home / "trajectories", ignore_errors=True)


def move_home(this: Round) -> None:
    """The home is gone for some seconds, as that of a network file system may be."""
    this.moment((1, 9))
    away = this.home.with_name("away")
    with suppress(FileNotFoundError):
        this.home.rename(away)
    time.sleep(this.choice.uniform(1, 6))
    if away.exists():
        for path in filter(Path.is_file, away.rglob("*")):  # what was made anew meanwhile gives way
            (this.home / path.relative_to(away)).unlink(missing_ok=True)
        shutil.copytree(away, this.home, dirs_exist_ok=True)
        shutil.rmtree(away)
