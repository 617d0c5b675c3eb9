"""What a sweep costs whose home is an object store: commands, and how long training waits for its states.

An S3 server (moto, everything in memory) is started on this machine. Requests are counted by the server.

    python -m benchmarks.object_store                      10,000 results, each of a real size: status, list, report
    python -m benchmarks.object_store --results 1000       fewer
    python -m benchmarks.object_store training             one trial, every request 100 ms late
    python -m benchmarks.object_store driver               requests of a whole sweep per trial, and of an idle driver

The first writes the results by the real API, a study of 95 search trials and 5 confirmations at a time, with the
history of one trial that was trained for it (the quickstart's, 40 epochs). Then whole commands, each a process of its
own, as people type them: with packs (copies of many results in one object), and `report` without any. Aims: `status`
and `list` in two seconds, `report --json` in fifteen.

The second trains the quickstart's network with followers that leave at known epochs, with each request to the store
delayed; "beside training" is how much longer everything takes than its epochs. The third runs a small sweep without
Ray, launches it again, and then lets a driver be alive for a minute with nothing to do. Duration: 5, 2 and 2 min.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, Row, parser, publish

HOME, NAME = "s3://bucket/home", "large"
METHODS = ("ce", "sat", "ce+reset", "sat+reset", "gce")
SEARCHED, SEEDS = 95, 5


def space(studies: int) -> dict[str, Any]:
    """A space file of `studies` studies, a multiple of the number of methods."""
    levels = studies // len(METHODS)
    return {
        "name": NAME, "dataset": {"name": "digits"}, "model": {"name": "mlp"},
        "noise": {"kind": "symmetric", "rates": [round(0.8 * i / levels, 4) for i in range(levels)]},
        "methods": list(METHODS), "training": {"epochs": 40, "batch_size": 64},
        "search": {"trials": SEARCHED, "batch": 5}, "confirm": {"seeds": SEEDS},
        "storage": {"home": HOME, "studies": "sqlite:///x.db"}, "tracking": {"uri": "sqlite:///x.db"},
    }


def build(results: int) -> Row:
    """Write the sweep; every result is one that could be, its accuracies a little off those of the trained trial."""
    from sat_sweep.config import plan
    from sat_sweep.config.space import SpaceFile
    from sat_sweep.home import Home, StudyRecord, SweepRecord
    from sat_sweep.home.status import StudyStatus, write_status

    the_plan = plan(SpaceFile.model_validate(space(results // (SEARCHED + SEEDS))))
    sweep = Home(HOME).sweep(NAME)
    sweep.write_record(SweepRecord(
        NAME, the_plan.space.model_dump(mode="json"), created=time.time(), state="running",
        studies=tuple(StudyRecord(s.key, s.method, s.noise.label, s.noise.rate, s.trials) for s in the_plan.studies)))
    trained, size, began = _trained(the_plan.studies[0]), 0, time.perf_counter()
    with sweep.packing():
        for study in the_plan.studies:
            for number in range(SEARCHED + SEEDS):
                result = _like(trained, study, number)
                size += len(result.encode())
                sweep.add_result(result)
    seconds = time.perf_counter() - began
    write_status(sweep, "running", [StudyStatus(s.method, s.noise.label, stage, budget, budget, 0, 0, 0, 0.9)
                                    for s in the_plan.studies
                                    for stage, budget in (("search", SEARCHED), ("confirm", SEEDS))])
    return {"what": "building", "s": seconds, "ms per result": 1e3 * seconds / results,
            "kB per result": size / 1e3 / results}


def _trained(study: Any) -> Any:
    """The result of a trial that is trained here and now."""
    from sat_sweep.search.ending import result_of
    from sat_sweep.search.job import Job
    from sat_sweep.training.facts import facts
    from sat_sweep.training.loop import Trial, records

    trial = Trial(study.confirm_spec({d.name: d.middle for d in study.dimensions}, 0))
    history = list(records(trial))
    job = Job(study.key, "confirm", 0, {}, trial.spec)
    job.history.extend(history)
    job.facts = facts(trial)
    return result_of(job, study, "complete", None)


def _like(trained: Any, study: Any, number: int) -> Any:
    confirming = number >= SEARCHED
    values = {d.name: d.middle for d in study.dimensions}
    spec = study.confirm_spec(values, number - SEARCHED) if confirming else study.search_spec(values)
    shift = 1e-4 * (number % 7)
    history = [{**record, "metrics": {name: value * (1 - shift) for name, value in record["metrics"].items()}}
               for record in trained.history]
    return replace(trained, study=study.key, method=study.method, noise=study.noise.label, rate=study.noise.rate,
                   stage="confirm" if confirming else "search", number=number - SEARCHED * confirming, seed=spec.seed,
                   values=values, spec=spec.model_dump(mode="json"), history=history,
                   value=None if confirming else 0.9 - shift)


def command(words: list[str], requests: Any, what: str) -> Row:
    """A whole command, from the start of its process to its end."""
    typed = [sys.executable, "-m", "sat_sweep", *words, "--home", HOME]
    with tempfile.TemporaryDirectory() as folder:  # where its report goes
        began = time.perf_counter()
        subprocess.run(typed, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True,
                       stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
    return {"what": what, "s": seconds, **requests.counted()}


def results(arguments: argparse.Namespace, requests: Any) -> list[Row]:
    """Commands on a sweep of many results."""
    from sat_sweep.home import Home

    rows = [build(arguments.results)]
    rows[0] |= requests.counted()
    for words in (["status", NAME, "--json"], ["list"], ["report", NAME, "--json"]):
        rows.append(command(words, requests, " ".join(words)))
    packs = Home(HOME).sweep(NAME).folder.inside("packs")
    for entry in list(packs.entries()):
        packs.delete(entry.key)
    requests.counted()
    return [*rows, command(["report", NAME, "--json"], requests, "report, no packs")]


def training(arguments: argparse.Namespace, requests: Any) -> list[Row]:
    """One trial without a store, the first and the next with one, a short later one."""
    import s3fs

    from sat_sweep.home.files import open_folder
    from sat_sweep.training import Audience, Follower, TrajectoryStore, TrialSpec, epochs

    call = s3fs.S3FileSystem._call_s3

    async def late(self: Any, method: str, *rest: Any, **named: Any) -> Any:
        await asyncio.sleep(arguments.late)
        return await call(self, method, *rest, **named)

    s3fs.S3FileSystem._call_s3 = late
    spec = TrialSpec.model_validate({
        "dataset": {"name": "digits"}, "noise": {"kind": "symmetric", "rate": 0.4, "label": "symmetric-0.4"},
        "method": "ce", "model": {"name": "mlp"}, "seed": 0, "threads": 1,
        "training": {"epochs": 40, "batch_size": arguments.batch_size}, "evaluate": "noisy"})
    leaving = {f"sat from {start}": Follower("sat", {"sat.start_epoch": start}) for start in (5, 9, 14, 20, 27)}
    many = Audience(tuple(leaving.values()), unknown=20, may_end=frozenset({10, 20}))
    for _ in epochs(spec.model_copy(update={"training": spec.training.model_copy(update={"epochs": 1})})):
        pass  # what is imported on first use
    rows = [one_trial(spec, None, many, requests, "no store")]
    store = TrajectoryStore(open_folder(f"{HOME}/trajectories"))
    rows.append(one_trial(spec, store, many, requests, "ce, five will leave, 20 may"))
    for name, follower in leaving.items():
        one = spec.model_copy(update={"method": follower.method, "parameters": follower.parameters})
        rows.append(one_trial(one, store, Audience(), requests, name))
    rows.append(one_trial(spec, store, many, requests, "ce again, all known"))
    return rows


def one_trial(spec: Any, store: Any, audience: Any, requests: Any, what: str) -> Row:
    """Train, and tell how long everything took beside the epochs themselves."""
    from sat_sweep.training import epochs

    requests.counted()
    began = time.perf_counter()
    trained = [record for record in epochs(spec, store, audience) if record.trained]
    seconds = time.perf_counter() - began
    alone = sum(record.metrics["epoch_seconds"] for record in trained)
    return {"what": what, "epochs trained": len(trained), "s": seconds, "beside training, s": seconds - alone,
            "of training, %": 100 * (seconds - alone) / alone if alone else None, **requests.counted()}


def driver(arguments: argparse.Namespace, requests: Any) -> list[Row]:
    """A whole sweep of short trials, the same again when it is finished, and a minute of waiting."""
    with tempfile.TemporaryDirectory() as folder:
        content = {**space(len(METHODS)), "name": "small", "confirm": {"seeds": 1}, "search": {"trials": 3},
                   "training": {"epochs": 20}, "storage": {"home": HOME, "studies": f"sqlite:///{folder}/studies.db"},
                   "tracking": {"uri": f"sqlite:///{folder}/mlflow.db"}}
        file = Path(folder) / "space.yaml"
        file.write_text(json.dumps(content))  # which is YAML
        rows = [command(["launch", str(file), "--serial", "--yes"], requests, what)
                for what in ("a sweep of 18 trials", "launched again")]
        rows.append(idle(folder, requests))
    return rows


def idle(folder: str, requests: Any, seconds: float = 60.0) -> Row:
    """What a driver asks while its trials train: lease, status, requests to stop, packs."""
    from sat_sweep.config import plan
    from sat_sweep.config.space import SpaceFile
    from sat_sweep.home import Home
    from sat_sweep.home.lock import only_driver
    from sat_sweep.search.queue import JobQueue
    from sat_sweep.search.sharing import NoSharing
    from sat_sweep.search.study_storage import StudyStorage
    from sat_sweep.sweep.heartbeat import Heartbeat

    the_plan = plan(SpaceFile.model_validate({**space(len(METHODS)), "name": "idle"}))
    sweep = Home(HOME).sweep("idle")
    storage = StudyStorage(f"sqlite:///{folder}/idle.db")
    queue = JobQueue(the_plan, storage, sweep, NoSharing(), lambda result: None)
    with only_driver(sweep), sweep.packing(), Heartbeat(queue, sweep, None, print):
        requests.counted()
        time.sleep(seconds)
        asked = requests.counted()
    storage.close()
    return {"what": "alive for a minute", "s": seconds, **asked}


PARTS = {"results": results, "training": training, "driver": driver}


def main(typed: list[str] | None = None) -> list[Row]:
    """The command line."""
    from tests.home.object_store import counting_s3_server

    options = parser(__doc__)
    options.add_argument("part", nargs="?", default="results", choices=tuple(PARTS))
    options.add_argument("--results", type=int, default=10_000, metavar="N", help="a multiple of 500")
    options.add_argument("--batch-size", type=int, default=4, help="of the trial: at 4 an epoch takes half a second")
    options.add_argument("--late", type=float, default=0.1, metavar="S", help="seconds that every request takes longer")
    arguments = options.parse_args(typed)
    with counting_s3_server() as (environment, requests):
        os.environ.update(environment)
        rows = PARTS[arguments.part](arguments, requests)
    publish("object_store", rows, arguments.out)
    return rows


if __name__ == "__main__":
    main()
