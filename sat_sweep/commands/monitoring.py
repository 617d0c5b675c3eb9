"""`list`, `status`, `logs`, `stop`: look at the home and whoever works in it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sat_sweep.commands.output import say, show, show_json, show_table
from sat_sweep.errors import UserError
from sat_sweep.home import Home, Result, SweepHome, choose_home
from sat_sweep.home.status import Status, StudyStatus
from sat_sweep.sweep.launchers import LOG, current_status, driver_log, kept_handle
from sat_sweep.sweep.telling import life_words, progress_words, score_words, sharing_words


def list_sweeps(home: str | None, as_json: bool) -> None:
    """Every sweep of the home: whose it is, its state, how many trials have ended, what it has of a cluster."""
    place = Home(choose_home(home))
    with ThreadPoolExecutor(16 if place.folder.distant else 1) as threads:
        sweeps = list(threads.map(lambda name: _overview(place.sweep(name)), place.names()))
    if as_json:
        show_json(sweeps)
    elif sweeps:
        _show_sweeps(sweeps)
    else:
        show(f"no sweeps in {place.place}")


def _show_sweeps(sweeps: list[dict[str, Any]]) -> None:
    columns = {"sweep": "sweep", "owner": "owner", "state": "state", "ended": "ended", "of": "trials"}
    rows = [[sweep.get(name) for name in columns.values()] for sweep in sweeps]
    if not any("share" in sweep for sweep in sweeps):  # none of them runs on a cluster
        show_table(list(columns), rows)
        return
    show_table([*columns, "workers"], [[*row, _workers(sweep.get("share"))]
                                       for row, sweep in zip(rows, sweeps, strict=True)])


def _overview(sweep: SweepHome) -> dict[str, Any]:
    try:
        status = current_status(sweep)
    except UserError:  # damaged, or of a later version; `status NAME` says more
        status = Status(sweep.name, "unreadable")
    known = status.to_json()
    return {"sweep": sweep.name, "state": status.state, "ended": status.ended, "trials": status.budget,
            **{name: known[name] for name in ("owner", "share") if name in known}}


def _workers(share: dict[str, Any] | None) -> str:
    """`3, may have 4 of 8`, and the weight where it is not 1."""
    if share is None:
        return ""
    weight = "" if share["weight"] == 1 else f", weight {share['weight']:g}"
    return f"{share['workers']}, may have {share['share']} of {share['of']}{weight}"


def status(name: str, home: str | None, as_json: bool) -> None:
    """How far each study is."""
    content = current_status(Home(choose_home(home)).existing(name))
    if as_json:
        show_json(content.to_json())
        return
    columns = ["method", "condition", "stage", "complete", "pruned", "failed", "queued", "running", "budget"]
    show(f"{name}: {content.state}" + (f", launched by {content.owner}" if content.owner else ""))
    if content.share is not None:
        show(f"Workers: {_workers(content.share.to_json())}")
    if content.limits:
        show(_limits(content))
    for line in (progress_words(content, time.time()) if content.work else "", sharing_words(content),
                 life_words(content, time.time())):
        if line:
            show(line)
    show_table([*columns, "best"], [[*(getattr(study, column) for column in columns), _best(content, study)]
                                    for study in content.studies])


def _limits(status: Status) -> str:
    """`Budget: 1.2 of 8 hours; it has ended the search: 12 trials were not searched`."""
    known = status.limits or {}
    parts = [f"{known[f'{name}_taken']:.3g} of {known[name]:g} {word}"
             for name, word in (("hours", "hours"), ("gpu_hours", "GPU hours")) if known[name] is not None]
    missing = sum(study.unsearched for study in status.studies)
    ended = f"; it has ended the search: {missing} trials were not searched" if known["search_ended"] else ""
    return f"Budget: {', '.join(parts)}{ended}"


def _best(status: Status, study: StudyStatus) -> str:
    return score_words(status, study.best if study.stage == "search" else None)


def logs(name: str, home: str | None, lines: int, follow: bool = False) -> None:
    """The state, every failed trial with its reason, and the end of what a detached driver wrote.

    With `follow` also whatever it goes on to write, until it ends.
    """
    sweep = Home(choose_home(home)).sweep(name)
    tail = driver_log(sweep).splitlines()[-lines:] if lines else []
    if not tail:
        sweep = Home(choose_home(home)).existing(name)
    show(f"{name}: {current_status(sweep).state}")
    for result in sweep.results():
        if result.state == "failed":
            show(_failure(result))
    if tail:
        show("\n".join([f"The end of {LOG}:", *tail]))
    if follow:
        _follow(sweep, len(driver_log(sweep)))


def _follow(sweep: SweepHome, shown: int) -> None:
    handle = kept_handle(sweep)
    while True:
        ended = handle is None or not handle.alive()
        written = driver_log(sweep)
        print(written[shown:], end="", flush=True)
        shown = len(written)
        if ended:
            return
        time.sleep(0.5)


def _failure(result: Result) -> str:
    reason = (result.reason or "no reason was given").strip().replace("\n", "\n    ")
    return f"{result.name} failed after {len(result.history)} epochs:\n    {reason}"


def stop(name: str, home: str | None) -> None:
    """Ask whoever runs the sweep to stop; the next run forgets the request."""
    sweep = Home(choose_home(home)).existing(name)
    state, handle = current_status(sweep).state, kept_handle(sweep)
    handle.stop(sweep) if handle is not None else sweep.request_stop()
    say(f"{name} was asked to stop" if state == "running" else f"{name} is not known to be running ({state})")
