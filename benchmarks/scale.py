"""Does the driver keep up when a sweep grows to 10,000 trials, and does anything grow faster than the work?

The real queue, search, pruner, sharing, study storage, sweep home, status and (--mirror) MLflow mirror run a sweep of
S studies x T trials on the simulated backend: trials take no time, their records come from a formula. What a trial
costs the driver is the processor time of its thread in `next_job`, `report` and `finish`, and of the heartbeat's in
`status`; making up the records does not count, nor does waiting for the storage, which works in a thread of its own
and has its own column.

    python -m benchmarks.scale                                   10 x 100 and 100 x 100 trials, SQLite
    python -m benchmarks.scale --mirror                          the same with the MLflow mirror
    python -m benchmarks.scale --storage postgresql+psycopg://…  another storage (an empty database)
    python -m benchmarks.scale --home s3://…                     another home; moto starts one: moto_server -p 5000
    python -m benchmarks.scale --studies 20 --profile            where the driver's time goes

Two growths are told apart. Down one table a sweep fills up: the first tenth is drawn at random, later ones by a
TPE with ever more trials to look at. Between the tables (10 and 100 studies) trials per study stay the same: here
the time per trial must not grow at all. Each size has a fresh process. Duration: about 5 min without mirror,
half an hour with it.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import math
import os
import pstats
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.common import ROOT, Row, parser, publish

METHODS = ("sat", "ce+reset", "sat+reset", "sat_sce", "gce")
MARKS = (1000, 2000, 5000, 10000)
MAX_BACKLOG = 1000
"""Writes that may wait for the storage before the simulated workers wait too."""
STATUS_EVERY = 100
"""Trials after which the status is written: at 5 s between two, that is 20 trials a second."""

T = TypeVar("T")


def space(studies: int, trials: int, epochs: int, sampler: str) -> dict[str, Any]:
    """A space file of `studies` studies, each method at as many noise levels as that takes; its name is its own."""
    count = next(n for n in range(len(METHODS), 0, -1) if studies % n == 0)
    levels = studies // count
    return {
        "name": f"scale-{studies}x{trials}-{os.getpid()}", "dataset": {"name": "digits"}, "model": {"name": "mlp"},
        "noise": {"kind": "symmetric", "rates": [round(0.8 * i / levels, 4) for i in range(levels)]},
        "methods": list(METHODS[:count]), "training": {"epochs": epochs},
        "search": {"trials": trials, "batch": 4, "sampler": sampler}, "confirm": {"seeds": 1},
    }


@cache
def _data() -> Any:
    from sat_sweep.data import DataCache

    return DataCache()


def made_up(job: Any) -> list[Any]:
    """The records of a trial: accuracies depend on settings and epoch; when its method acts is the real thing."""
    from sat_sweep.training.loop import Trial
    from sat_sweep.training.record import EpochRecord

    chance = random.Random(f"{job.study}{sorted(job.values.items())}")
    method = Trial(job.spec, _data().get(job.spec.dataset)).method
    luck, acts = chance.random(), False
    found: list[EpochRecord] = []
    for epoch in range(1, job.spec.training.epochs + 1):
        acts = acts or bool(method.influence(epoch, found))
        accuracy = 0.5 + 0.3 * luck * (1 - math.exp(-epoch / 5)) + 0.05 * chance.random()
        metrics = {"val/noisy_accuracy": accuracy, "val/noisy_loss": 1 - accuracy, "train/loss": 1.0,
                   "train/noisy_accuracy": accuracy, "epoch_seconds": 0.1}
        found.append(EpochRecord(epoch, metrics, f"{chance.getrandbits(256):064x}", acts))
    return found


@dataclass
class Clock:
    """Processor time of this thread, and time on the wall, by kind of call."""

    cpu: dict[str, float] = field(default_factory=dict)
    wall: float = 0.0
    profile: cProfile.Profile | None = None

    def __call__(self, kind: str, call: Callable[[], T]) -> T:
        if self.profile:
            self.profile.enable()
        cpu, wall = time.thread_time(), time.perf_counter()
        result = call()
        self.cpu[kind] = self.cpu.get(kind, 0.0) + time.thread_time() - cpu
        self.wall += time.perf_counter() - wall
        if self.profile:
            self.profile.disable()
        return result


class Watched:
    """A queue whose calls are timed, one after the other; everything else is the queue's own."""

    def __init__(self, queue: Any, storage: Any, clock: Clock, on_end: Callable[[int], None]) -> None:
        self._queue, self._storage, self._clock, self._on_end = queue, storage, clock, on_end
        self.finished_trials = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    def next_job(self) -> Any:
        """See JobQueue."""
        return self._clock("next_job", self._queue.next_job)

    def report(self, job: Any, records: Any) -> bool:
        """See JobQueue."""
        return self._clock("report", partial(self._queue.report, job, records))

    def finish(self, job: Any, error: str | None = None) -> None:
        """See JobQueue; now and then the status is written, as the heartbeat does."""
        from sat_sweep.home.status import write_status
        from sat_sweep.sweep.progress import study_statuses

        self._clock("finish", partial(self._queue.finish, job, error))
        self.finished_trials += 1
        if self.finished_trials % STATUS_EVERY == 0:
            self._clock("status", lambda: write_status(self._queue.home, "running", study_statuses(self._queue)))
        while self._storage.backlog > MAX_BACKLOG:
            time.sleep(0.01)
        self._on_end(self.finished_trials)


def one_size(arguments: argparse.Namespace) -> list[Row]:
    """Run one sweep in this process."""
    import torch  # noqa: F401, a start is not what is measured

    from sat_sweep.config import plan
    from sat_sweep.config.space import SpaceFile
    from sat_sweep.home import Home
    from sat_sweep.search.queue import JobQueue
    from sat_sweep.search.sharing import NoSharing, SharedPrefixes

    (studies,) = arguments.studies
    the_plan = plan(SpaceFile.model_validate(space(studies, arguments.trials, arguments.epochs, arguments.sampler)))
    folder = Path(tempfile.mkdtemp(prefix="scale-", dir=arguments.scratch))
    place = Home(arguments.home or str(folder))
    sweep = place.sweep(the_plan.space.name)
    sweep.update(name=sweep.name, space=the_plan.space.model_dump(mode="json"), created=time.time(),
                 studies=[{"key": s.key, "method": s.method, "noise": s.noise.label, "rate": s.noise.rate,
                           "trials": s.trials} for s in the_plan.studies])
    url = arguments.storage or f"sqlite:///{folder}/studies.db"

    def open_queue(storage: Any, on_result: Callable[[Any], None] = lambda result: None) -> JobQueue:
        sharing = NoSharing() if arguments.no_share else SharedPrefixes(_data())
        return JobQueue(the_plan, storage, sweep, sharing, on_result)

    try:
        mirror = _mirror(place, sweep.name, folder) if arguments.mirror else None
        writing = [0.0]
        storage, seconds_open = _timed(lambda: _storage(url, writing))
        told = (lambda result: mirror.add(result.name)) if mirror else (lambda result: None)
        queue, seconds_new = _timed(lambda: open_queue(storage, told))
        with sweep.packing():
            rows = _measure(arguments, queue, storage, mirror, writing)
        storage.close()
        again = _storage(url, [0.0])
        _, seconds_again = _timed(lambda: open_queue(again))
        again.close()
        after: Row = {"studies": studies, "trials": "after", "open s": seconds_open + seconds_new,
                      "reopen s": seconds_again, "report s": _timed(lambda: _report(sweep))[1]}
        if mirror is not None:
            mirrored, seconds = _timed(lambda: mirror.close(patience=arguments.patience))
            after |= {"mirror: s after the end": seconds, "mirrored": "all" if mirrored else "a part"}
        return [*rows, after]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(arguments: argparse.Namespace, queue: Any, storage: Any, mirror: Any, writing: list[float]) -> list[Row]:
    from sat_sweep.execution.simulated import SimulatedBackend

    clock, chance = Clock(profile=cProfile.Profile() if arguments.profile else None), random.Random(0)
    total = sum(progress.study.trials + 1 for progress in queue.progress.values())
    tenth = max(1, total // 10)
    marks = {mark for mark in MARKS if mark < total - tenth} | {tenth, total - tenth, total}
    rows: list[Row] = []
    states = [_state(0, clock, writing)]
    rss = memory(os.getpid())

    def note(finished: int) -> None:
        if finished in marks:
            states.append(_state(finished, clock, writing))
            rows.append(_row(arguments.studies[0], *states[-2:], rss, mirror))

    watched: Any = Watched(queue, storage, clock, note)
    SimulatedBackend(arguments.workers, made_up, lambda _: chance.random()).run(watched)
    rows[-1]["last tenth / first"] = rows[-1]["driver ms"] / rows[0]["driver ms"]
    rows[-1]["whole driver ms"] = 1e3 * sum(clock.cpu.values()) / watched.finished_trials
    if clock.profile:
        for order in ("tottime", "cumulative"):
            pstats.Stats(clock.profile, stream=sys.stderr).sort_stats(order).print_stats(30)
    return rows


def _state(finished: int, clock: Clock, writing: list[float]) -> dict[str, Any]:
    return {"finished": finished, "cpu": dict(clock.cpu), "wall": clock.wall, "writing": writing[0]}


def _row(studies: int, before: dict[str, Any], now: dict[str, Any], rss: float, mirror: Any) -> Row:
    """What the trials between two marks cost, each."""
    count = now["finished"] - before["finished"]

    def each(kind: str) -> float:
        return 1e3 * (now["cpu"].get(kind, 0.0) - before["cpu"].get(kind, 0.0)) / count

    kinds = {kind: each(kind) for kind in ("next_job", "report", "finish", "status")}
    size = memory(os.getpid())
    row: Row = {
        "studies": studies, "trials": now["finished"], "driver ms": sum(kinds.values()),
        **{f"{kind} ms": value for kind, value in kinds.items()},
        "wall ms": 1e3 * (now["wall"] - before["wall"]) / count,
        "storage ms": 1e3 * (now["writing"] - before["writing"]) / count,
        "RSS MB": size, "kB/trial": 1e3 * (size - rss) / now["finished"],
    }
    return row | {"mirror MB": memory(mirror.pid) if mirror.pid else 0.0} if mirror is not None else row


def _storage(url: str, writing: list[float]) -> Any:
    """The real study storage; `writing[0]` is how long its thread has been writing."""
    from sat_sweep.search.study_storage import StudyStorage

    class Timed(StudyStorage):
        def add(self, write: Callable[[], None]) -> None:
            def timed() -> None:
                started = time.perf_counter()
                write()
                writing[0] += time.perf_counter() - started

            super().add(timed)

    return Timed(url)


def _mirror(place: Any, sweep: str, folder: Path) -> Any:
    from sat_sweep.tracking.mirror_client import MirrorProcess

    return MirrorProcess(place.place, sweep, f"sqlite:///{folder}/mlflow.db")


def _report(sweep: Any) -> None:
    from sat_sweep.report import build_report, write

    with tempfile.TemporaryDirectory() as folder:
        write(build_report(sweep), Path(folder))


def _timed(call: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    return call(), time.perf_counter() - started


def memory(process: int) -> float:
    """Resident megabytes of a process, 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def every_size(arguments: argparse.Namespace, typed: list[str]) -> list[Row]:
    """Each size in a process of its own; typed arguments that come last win."""
    rows: list[Row] = []
    for studies in arguments.studies:
        command = [sys.executable, "-m", "benchmarks.scale", *typed, "--studies", str(studies), "--one"]
        printed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
        rows += json.loads(printed.splitlines()[-1])
    whole = [row for row in rows if "whole driver ms" in row]
    if len(whole) > 1:
        whole[-1]["largest / smallest"] = whole[-1]["whole driver ms"] / whole[0]["whole driver ms"]
    return rows


def main(typed: list[str] | None = None) -> list[Row]:
    """The command line."""
    typed = sys.argv[1:] if typed is None else typed
    options = parser(__doc__)
    options.add_argument("--studies", type=int, nargs="+", default=[10, 100], metavar="S")
    options.add_argument("--trials", type=int, default=100, metavar="T", help="per study")
    options.add_argument("--epochs", type=int, default=20)
    options.add_argument("--workers", type=int, default=16, help="simulated workers")
    options.add_argument("--sampler", default="tpe", choices=("tpe", "random", "qmc", "gp"))
    options.add_argument("--storage", metavar="URL", help="Optuna storage; SQLite in a temporary folder by default")
    options.add_argument("--home", metavar="URI", help="sweep home; a temporary folder by default")
    options.add_argument("--no-share", action="store_true", help="without sharing")
    options.add_argument("--mirror", action="store_true", help="mirror every trial to MLflow on SQLite")
    options.add_argument("--patience", type=float, default=7200.0, metavar="S", help="how long to wait for the mirror")
    options.add_argument("--profile", action="store_true", help="print where the driver's time goes, to stderr")
    options.add_argument("--scratch", type=Path, help="folder for the temporary homes")
    options.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = options.parse_args(typed)
    if arguments.one:
        rows = one_size(arguments)
        print(json.dumps(rows))
        return rows
    rows = every_size(arguments, typed)
    publish("scale", rows, arguments.out)
    return rows


if __name__ == "__main__":
    main()
