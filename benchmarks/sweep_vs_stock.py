"""48 SAT trials on noisy digits: sat-sweep beside what people would use instead, start-up included.

Everybody runs N trials of the same problem: digits with 40 % symmetric noise, an MLP of width 512, 60 epochs in
batches of 64, SGD 0.1/0.9/5e-4 with a cosine; SAT's momentum from [0.5, 0.99] and start epoch from [6, 36]; two
workers with a thread each (Optuna alone has one process, as `study.optimize` has). Each contender is a fresh process
that is timed from outside, from its start to its end.

    sat-sweep     `sat-sweep launch` with MLflow mirror and report, no pruning, random settings as the pool has. It
                  confirms its winner, and a confirmation is a trained trial: it searches N - 1 and confirms with 1
                  seed, so that all train N.
    sat-sweep-tpe the same with Optuna's TPE, as the two stock contenders have
    ray-stock     Tuner, OptunaSearch, MLflowLoggerCallback and a training function with a DataLoader, as the
                  tutorials of Ray have it
    optuna-stock  study.optimize with n_jobs=1, SQLite, and MLflow by hand in the objective
    pool          two processes of multiprocessing (spawn), random settings, a minimal loop, nothing recorded

    python -m benchmarks.sweep_vs_stock                                       about 30 min on 2 slow cores
    python -m benchmarks.sweep_vs_stock --trials 200 --contenders sat-sweep pool      about 12 min
    python -m benchmarks.sweep_vs_stock --contenders sat-sweep pool --repeat 5        medians

The aims: 8 times faster than ray-stock, not slower than pool; at 200 trials at most 0.8 of pool's time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, Row, parser, publish

CONTENDERS = ("sat-sweep", "sat-sweep-tpe", "ray-stock", "optuna-stock", "pool")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


SAMPLERS = {"sat-sweep": "random", "sat-sweep-tpe": "tpe"}


def space(trials: int, epochs: int, width: int, sampler: str) -> str:
    """The space file: one study, nothing pruned, the confirmation counted as one of the trials."""
    from benchmarks.peers import Problem, start_epochs

    low, high = start_epochs(Problem(epochs=epochs))
    return json.dumps({
        "name": "bench", "dataset": {"name": "digits"}, "noise": {"kind": "symmetric", "rates": [0.4]},
        "methods": ["sat"], "model": {"name": "mlp", "width": width},
        "training": {"epochs": epochs, "batch_size": 64, "schedule": {"name": "cosine"},
                     "optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4}},
        "search": {"trials": trials - 1, "sampler": sampler, "pruner": "none",
                   "space": {"sat.momentum": {"low": 0.5, "high": 0.99},
                             "sat.start_epoch": {"low": low, "high": high}}},
        "confirm": {"seeds": 1},
    })


# The contenders. Each but the first runs in this file, in a process of its own, and imports what it needs.


def ray_stock(arguments: argparse.Namespace, folder: Path) -> int:
    """Stock Ray Tune."""
    import ray
    from ray import tune
    from ray.air.integrations.mlflow import MLflowLoggerCallback
    from ray.tune.search.optuna import OptunaSearch

    from benchmarks.peers import Problem, start_epochs

    problem = Problem(width=arguments.width, epochs=arguments.epochs)
    low, high = start_epochs(problem)
    ray.init(num_cpus=arguments.workers, include_dashboard=False)
    tuner = tune.Tuner(
        tune.with_parameters(_train_for_ray, problem=problem),
        param_space={"momentum": tune.uniform(0.5, 0.99), "start_epoch": tune.randint(low, high + 1)},
        tune_config=tune.TuneConfig(metric="val_accuracy", mode="max", search_alg=OptunaSearch(),
                                    num_samples=arguments.trials),
        run_config=tune.RunConfig(
            name="bench", storage_path=str(folder / "ray"),
            callbacks=[MLflowLoggerCallback(tracking_uri=f"sqlite:///{folder}/mlflow.db", experiment_name="bench")]))
    results = tuner.fit()
    return sum(result.metrics.get("epoch") == problem.epochs for result in results)


def _train_for_ray(config: dict[str, Any], problem: Any) -> None:
    import torch
    from ray import tune

    from benchmarks.peers import noisy_digits, with_loader

    torch.set_num_threads(1)
    for metrics in with_loader(problem, config["momentum"], config["start_epoch"], noisy_digits(problem)):
        tune.report(metrics)


def optuna_stock(arguments: argparse.Namespace, folder: Path) -> int:
    """Optuna with MLflow by hand."""
    import mlflow
    import optuna
    import torch

    from benchmarks.peers import Problem, noisy_digits, start_epochs, with_loader

    torch.set_num_threads(1)
    problem = Problem(width=arguments.width, epochs=arguments.epochs)
    low, high = start_epochs(problem)
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.set_experiment("bench")
    data = noisy_digits(problem)

    def objective(trial: optuna.Trial) -> float:
        settings = {"momentum": trial.suggest_float("momentum", 0.5, 0.99),
                    "start_epoch": trial.suggest_int("start_epoch", low, high)}
        with mlflow.start_run(run_name=f"trial-{trial.number}"):
            mlflow.log_params(settings)
            for metrics in with_loader(problem, data=data, **settings):
                mlflow.log_metrics(metrics, step=int(metrics["epoch"]))
                trial.report(metrics["val_accuracy"], int(metrics["epoch"]))
        return metrics["val_accuracy"]

    study = optuna.create_study(storage=f"sqlite:///{folder}/optuna.db", direction="maximize")
    study.optimize(objective, n_trials=arguments.trials, n_jobs=1)
    return len(study.get_trials(states=(optuna.trial.TrialState.COMPLETE,)))


def pool(arguments: argparse.Namespace, folder: Path) -> int:
    """A bare pool of processes."""
    import multiprocessing

    from benchmarks.peers import Problem, settings

    problem, chance = Problem(width=arguments.width, epochs=arguments.epochs), random.Random(0)
    work = [settings(problem, chance) for _ in range(arguments.trials)]
    with multiprocessing.get_context("spawn").Pool(arguments.workers, _prepare_process, (problem,)) as workers:
        return len(list(workers.imap_unordered(_train_in_pool, work)))


def _prepare_process(problem: Any) -> None:
    """Once in a process: imports and data."""
    import torch

    from benchmarks.peers import noisy_digits

    torch.set_num_threads(1)
    _prepared.update(problem=problem, data=noisy_digits(problem))


_prepared: dict[str, Any] = {}


def _train_in_pool(chosen: dict[str, Any]) -> float:
    from benchmarks.peers import minimal

    return list(minimal(_prepared["problem"], data=_prepared["data"], **chosen))[-1]


def run_contender(name: str, arguments: argparse.Namespace) -> Row:
    """One contender, from the start of its process to its end."""
    folder = Path(tempfile.mkdtemp(prefix=f"bench-{name}-", dir=arguments.scratch))
    command = _command(name, arguments, folder)
    log = folder / "log.txt"
    try:
        with log.open("w") as file:
            started = time.perf_counter()
            status = subprocess.run(command, cwd=ROOT, env={**os.environ, **ONE_THREAD}, stdout=file,
                                    stderr=subprocess.STDOUT).returncode
            seconds = time.perf_counter() - started
        if status != 0:
            raise SystemExit(f"{name} ended with status {status}:\n{log.read_text()[-3000:]}")
        counted = _counted(name, log.read_text(), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {"contender": name, "seconds": seconds, **counted, "epochs": arguments.epochs}


def _command(name: str, arguments: argparse.Namespace, folder: Path) -> list[str]:
    if name in SAMPLERS:
        file = folder / "space.yaml"
        file.write_text(space(arguments.trials, arguments.epochs, arguments.width, SAMPLERS[name]))
        shared = [] if arguments.share else ["--no-share"]
        return [sys.executable, "-m", "sat_sweep", "launch", str(file), "--home", str(folder / "home"), "--yes",
                "--workers", str(arguments.workers), *shared]
    sizes = {"trials": arguments.trials, "epochs": arguments.epochs, "width": arguments.width,
             "workers": arguments.workers}
    return [sys.executable, "-m", "benchmarks.sweep_vs_stock", "--inside", name, str(folder),
            *(text for option, value in sizes.items() for text in (f"--{option}", str(value)))]


def _counted(name: str, log: str, folder: Path) -> Row:
    """How many trials came to their end, and of the epochs asked for how many were trained."""
    if name not in SAMPLERS:
        return {"trials": int(re.findall(r"^TRIALS (\d+)$", log, re.MULTILINE)[-1]), "trained": 1.0}
    from sat_sweep.home import Home

    results = [result for result in Home(str(folder / "home")).sweep("bench").results()
               if result.state == "complete"]
    requested = sum(len(result.history) for result in results)
    return {"trials": len(results), "trained": sum(result.epochs_trained for result in results) / requested}


def compared(runs: list[Row]) -> list[Row]:
    """The median run of each contender, and how many times sat-sweep's time of the same round the others took."""
    rounds: dict[str, list[Row]] = {}
    for run in runs:
        rounds.setdefault(run["contender"], []).append(run)
    ours = [run["seconds"] for run in rounds.get("sat-sweep", [])]
    return [{**own[0], **_median(own), **_times(own, ours)} for own in rounds.values()]


def _median(runs: list[Row]) -> Row:
    seconds = [run["seconds"] for run in runs]
    return {"seconds": statistics.median(seconds), "runs": len(runs), "fastest": min(seconds), "slowest": max(seconds)}


def _times(runs: list[Row], ours: list[float]) -> Row:
    ratios = [run["seconds"] / seconds for run, seconds in zip(runs, ours, strict=False)]
    return {"times sat-sweep": statistics.median(ratios)} if ratios else {}


def main(typed: list[str] | None = None) -> list[Row]:
    """The command line."""
    options = parser(__doc__)
    options.add_argument("--trials", type=int, default=48, metavar="N")
    options.add_argument("--epochs", type=int, default=60)
    options.add_argument("--width", type=int, default=512)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    options.add_argument("--repeat", type=int, default=1, help="rounds, in each of which every contender runs once")
    options.add_argument("--no-share", dest="share", action="store_false", help="sat-sweep without sharing")
    options.add_argument("--scratch", type=Path, help="folder for temporary files")
    options.add_argument("--inside", nargs=2, metavar=("CONTENDER", "FOLDER"), help=argparse.SUPPRESS)
    arguments = options.parse_args(typed)
    if arguments.inside:
        name, folder = arguments.inside
        inside = {"ray-stock": ray_stock, "optuna-stock": optuna_stock, "pool": pool}[name]
        print(f"\nTRIALS {inside(arguments, Path(folder))}")
        return []
    runs = []
    for _ in range(arguments.repeat):
        for name in arguments.contenders:
            runs.append(run_contender(name, arguments))
            print(f"{name}: {runs[-1]['seconds']:.1f} s", file=sys.stderr, flush=True)
    rows = compared(runs)
    publish("sweep_vs_stock", rows, arguments.out)
    return rows


if __name__ == "__main__":
    main()
