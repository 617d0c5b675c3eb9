"""The folder that travels to a cluster: the request, the space file, and what the space file refers to.

Paths in a space file that are relative to it, of data and of plug-ins, travel along and are kept in the home by their
content; paths that are written out in full, and URIs, are taken for places that the cluster sees by itself.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import sat_sweep
from sat_sweep.config.relative_files import relative_files
from sat_sweep.config.space import SpaceFile
from sat_sweep.config.yaml_lines import replaced
from sat_sweep.errors import UserError
from sat_sweep.sweep.launchers.ray_job import arrival
from sat_sweep.sweep.launchers.ray_job.request import PLACE, SPACE, UPLOADS, Request

LIMIT = 100 * 2**20
"""Bytes that may travel: more than Ray's dashboard takes."""
PACKAGE = Path(sat_sweep.__file__).parent

RUN = """\
# Finds the Python that Ray runs with, and lets it go on.
for python in ${SAT_SWEEP_PYTHON:-} python python3; do
  "$python" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("ray") is None)' 2>/dev/null &&
    exec "$python" arrival.py
done
printf '%s\\n' 'sat-sweep:["err", "no python on the PATH of the Ray head can import ray: start Ray there in an \
activated environment, or set SAT_SWEEP_PYTHON\\n"]'
exit 2
"""
COMMAND = "sh run.sh"


class SpaceParcel(NamedTuple):
    """A space file's `text`, and the files that travel with it, by the place in it that names each."""

    text: str
    files: dict[str, Path]

    @classmethod
    def of(cls, file: Path, space: SpaceFile) -> SpaceParcel:
        """What travels of `file`, which says `space`; raises SpaceFileError as `relative_files` does."""
        return cls(file.read_text(encoding="utf-8-sig"), relative_files(file, space))

    def size(self) -> int:
        """How many bytes the files have; raises UserError if it is more than may travel."""
        size = sum(file.stat().st_size for path in self.files.values() for file in _files(path))
        if size > LIMIT:
            raise UserError(f"{' and '.join(self.files)}: {size / 2**20:.0f} MB would have to travel to the cluster, "
                            f"and {LIMIT / 2**20:.0f} MB is the most that can; put the files where the cluster sees "
                            "them, and name them by s3://… or by their whole path there")
        return size

    def fill(self, folder: Path) -> None:
        """Put text and files into `folder`, the text with places of which the cluster knows where they lie."""
        places = {}
        for place, path in self.files.items():
            kept = f"{_content_digest(path)}/{path.name}"
            places[place] = f"{PLACE}{kept}"
            target = folder / UPLOADS / kept
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(path, target, dirs_exist_ok=True) if path.is_dir() else shutil.copy(path, target)
        (folder / SPACE).write_text(replaced(self.text, places))


def pack(folder: Path, request: Request, space: SpaceParcel | None, with_package: bool) -> None:
    """Fill `folder` with everything that the `request` needs; the package itself only where it is absent there."""
    (folder / "request.json").write_text(json.dumps(request.to_json()))
    (folder / "run.sh").write_text(RUN)
    shutil.copy(arrival.__file__, folder / "arrival.py")
    if with_package:
        shutil.copytree(PACKAGE, folder / "sat_sweep", ignore=shutil.ignore_patterns("__pycache__"))
    if space is not None:
        space.fill(folder)


def _files(path: Path) -> Iterator[Path]:
    yield from sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _content_digest(path: Path) -> str:
    content = hashlib.sha256()
    for file in _files(path):
        name = file.relative_to(path).as_posix() if path.is_dir() else ""
        content.update(f"{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\0".encode())
    return content.hexdigest()[:32]
