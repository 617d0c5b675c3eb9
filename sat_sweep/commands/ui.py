"""`ui`: MLflow's pages over local records, opened where a sweep shows best."""

from __future__ import annotations

import os
import subprocess
import sys
import webbrowser
from threading import Event, Thread

from sat_sweep.commands.output import say, show
from sat_sweep.errors import UserError
from sat_sweep.home import Home, choose_home

AGAIN = 0.5
"""Seconds between two attempts to reach the server, which needs a few to start."""


def ui(home: str | None, port: int, browser: bool | None) -> int:
    """Show the local records in MLflow's own pages until Ctrl-C, and say where each sweep is.

    With `browser` the newest sweep is opened in one; None leaves that to whether there is a desktop.
    """
    from sat_sweep.tracking.mirror_client import ui_command

    place = Home(choose_home(home))
    if not place.folder.exists("mlflow.db"):
        raise UserError(f"there are no MLflow records in {place.place}; a sweep with a tracking.uri has them there")
    server, ended = f"http://127.0.0.1:{port}", Event()
    say(f"{server}, until Ctrl-C")
    Thread(target=show_views, args=(server, at_a_desktop() if browser is None else browser, ended), daemon=True).start()
    try:
        return subprocess.run(ui_command(place.database("mlflow.db"), port)).returncode
    except KeyboardInterrupt:
        return 0
    finally:
        ended.set()


def show_views(server: str, browser: bool, ended: Event) -> None:
    """Once `server` answers, show where each sweep is, and open the newest if a `browser` is wanted."""
    from sat_sweep.tracking.view import views

    while not ended.wait(AGAIN):
        try:
            found = views(server)
        except OSError:
            continue
        for name, address in found:
            show(f"{name}: {address}")
        if found and browser:
            webbrowser.open(found[0][1])
        return


def at_a_desktop() -> bool:
    """Whether this is a terminal on a machine with a screen: elsewhere a browser would open in the terminal."""
    has_screen = sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or
                                                             os.environ.get("WAYLAND_DISPLAY"))
    return has_screen and sys.stderr.isatty()
