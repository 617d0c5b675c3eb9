"""The sweeps that run in a service: asked to stop as `sat-sweep stop` asks, and waited for."""

from __future__ import annotations

import time
from collections.abc import Callable

from sat_sweep.home import Home, SweepHome
from sat_sweep.home.lock import driver_of
from sat_sweep.service.processes import processes_of
from sat_sweep.service.settings import ServiceSettings

EVERY = 0.5
"""Seconds between two looks at who still runs."""
PATIENCE = 600.0
"""Seconds that sweeps have to end their epochs, write their reports and let MLflow have them."""


def stop_sweeps(settings: ServiceSettings, tell: Callable[[tuple[str, ...]], None],
                hurried: Callable[[], bool] = lambda: False) -> None:
    """Have all sweeps stop whose drivers are processes of the service, and wait for that, within reason.

    Others in the same home are not the service's. `tell` gets the names of those that are waited for, again and again;
    once it is `hurried` nobody is. Raises OSError where the home is out of reach.
    """
    home, processes, deadline = Home(settings.home), processes_of(settings.folder), time.monotonic() + PATIENCE
    if not processes:
        return
    left = [sweep for name in home.names() if _driver(sweep := home.sweep(name)) in processes]
    for sweep in left:
        sweep.request_stop()
    while left and not hurried() and time.monotonic() < deadline:
        tell(tuple(sweep.name for sweep in left))
        time.sleep(EVERY)
        left = [sweep for sweep in left if _driver(sweep) is not None]


def _driver(sweep: SweepHome) -> int | None:
    """The process on this machine that runs the sweep, if one does."""
    holder = driver_of(sweep)
    return holder.pid if holder is not None and holder.is_alive_here else None


def say_once(say: Callable[[str], None]) -> Callable[[tuple[str, ...]], None]:
    """What `stop_sweeps` tells, in a line to `say` whenever it is something else."""
    told: list[tuple[str, ...]] = [()]

    def tell(names: tuple[str, ...]) -> None:
        if names and names != told[-1]:
            told.append(names)
            say(f"waiting for {', '.join(names)}: trials end with the epochs that they are in")

    return tell
