"""A command that was sent to this cluster, carried out: what travelled with it goes into the home first."""

from __future__ import annotations

import atexit
import os
import runpy
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sat_sweep.errors import ExitStatus, UserError
from sat_sweep.home import HOME_VARIABLE, Home, choose_home
from sat_sweep.sweep.launchers.owner import OWNER_VARIABLE
from sat_sweep.sweep.launchers.ray_job.frames import frame_output, send_folder
from sat_sweep.sweep.launchers.ray_job.request import (
    ADDRESS_VARIABLE,
    JOB_VARIABLE,
    PLACE,
    RETURNS,
    SPACE,
    UPLOADS,
    Request,
    is_of_cluster,
)


def carry_out(content: Mapping[str, Any]) -> int:
    """Run the command of a request with its output framed, as the process's main program; its exit status."""
    request, stream = Request.from_json(content), frame_output()
    os.environ.update({JOB_VARIABLE: request.job, ADDRESS_VARIABLE: request.address, OWNER_VARIABLE: request.owner})
    try:
        settle(request)
    except UserError as error:
        stream.write(f"{error}\n")
        return ExitStatus.USER_INPUT
    atexit.register(send_folder, stream, Path(RETURNS))
    sys.argv = ["sat-sweep", *request.arguments, *(["--home", request.home] if request.home else [])]
    runpy.run_module("sat_sweep", run_name="__main__")
    return ExitStatus.DONE


def settle(request: Request) -> None:
    """Say which home counts, and put what was sent along into it; raises UserError for one that only this job sees."""
    home = choose_home(request.home, request.known_home)
    if not is_of_cluster(home):
        raise UserError(f"the home '{home}' would lie in a folder that goes with the job: name one that every node of "
                        f"the cluster sees, s3://bucket/… or a shared folder with its whole path, by --home, by "
                        f"storage.home in the space file, or by {HOME_VARIABLE} on the cluster")
    os.environ.setdefault(HOME_VARIABLE, home)
    _keep_uploads(home)
    space = Path(SPACE)
    if space.exists():
        space.write_text(space.read_text().replace(PLACE, f"{home.rstrip('/')}/{UPLOADS}/"))


def _keep_uploads(home: str) -> None:
    """Each content has a folder of its own, so what is there already is the same."""
    source, target = Path(UPLOADS), Home(home).folder.inside(UPLOADS)
    for path in (path for path in source.rglob("*") if path.is_file()):
        key = path.relative_to(source).as_posix()
        if not target.exists(key):
            target.write(key, path.read_bytes(), durable=True)
