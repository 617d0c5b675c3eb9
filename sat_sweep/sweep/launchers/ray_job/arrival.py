"""What a job does first on a cluster: is the same sat-sweep there? If so, the command that was sent runs.

This file travels by itself, since the package may be absent there: it imports nothing but the standard library until
it has looked.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

ABSENT, REFUSED = 97, 2
"""Exit statuses: the package is not there and may be sent along; it is another one."""


def package_digest(folder: Path) -> str:
    """What tells one state of the package in `folder` from another: the SHA-256 of its code."""
    content = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        content.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()


def main(request: dict[str, object]) -> int:
    """Run what `request` asks for; the exit status if it cannot be run here."""
    found = find_spec("sat_sweep")
    if found is None or found.origin is None:
        print('sat-sweep:["absent", null]', flush=True)
        return ABSENT
    if package_digest(Path(found.origin).parent) != request["digest"]:
        import sat_sweep

        there, here = sat_sweep.__version__, request["version"]
        what = f"sat-sweep {there}" if there != here else f"another state of sat-sweep {here}"
        return refuse(f"the cluster has {what}, and this machine has {here}: install the same on both, or none on the "
                      "cluster, to which it is sent then")
    try:
        from sat_sweep.sweep.launchers.ray_job.receive import carry_out

        return carry_out(request)
    except ModuleNotFoundError as missing:
        if (missing.name or "sat_sweep").startswith("sat_sweep"):
            raise
        return refuse(f"the Python of the cluster lacks {missing.name}: install what sat-sweep needs there, as the "
                      "image in docker/ does")


def refuse(words: str) -> int:
    """Say why the command cannot be run here; the exit status."""
    os.write(1, f"sat-sweep:{json.dumps(['err', words + chr(10)])}\n".encode())
    return REFUSED


if __name__ == "__main__":
    sys.exit(main(json.loads(Path("request.json").read_text())))
