"""A plain Ray Tune program, as its documentation recommends.

OptunaSearch with a seed, a checkpoint after every epoch from which a trial goes on exactly, retries, MLflow's callback,
`Tuner.restore` where the experiment's folder exists. There is no scheduler: with one that compares trials as they come
two undisturbed runs differ already. With nine trials all of TPE's settings are random ones from its seed, so here two
undisturbed runs are equal.

    python -m tests.faults.stock.program STORAGE TRACKING_URI

Status 0 once all trials have all epochs, else 3: run it again.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import ray
import torch
from ray import tune
from ray.air.integrations.mlflow import MLflowLoggerCallback
from ray.tune.search.optuna import OptunaSearch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from benchmarks.peers import Problem, accuracy, noisy_digits, perceptron, sat_loss, sat_targets

NAME, TRIALS, WORKERS = "stock", 9, 2
EXAMPLES = 240
"""Training examples, trials, epochs, batch and network are those of the sweep that the faults of sat-sweep break."""
PROBLEM = Problem(width=32, epochs=16, batch_size=8)
SPACE = {"momentum": tune.uniform(0.5, 0.99), "start_epoch": tune.randint(2, 7)}
HANGS_AT = 0.9
"""Where a trial is to hang, the one with a larger momentum does."""


def train(config: dict[str, Any]) -> None:
    """One trial, which goes on from its checkpoint if it has one."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    inputs, labels, held_out, held_out_labels = noisy_digits(PROBLEM)
    inputs, labels = inputs[:EXAMPLES], labels[:EXAMPLES]
    model = perceptron(PROBLEM.width)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    targets = one_hot(labels, 10).float()
    done = _restore(model, optimizer, targets)
    for epoch in range(done + 1, PROBLEM.epochs + 1):
        _train_epoch(model, optimizer, (inputs, labels, targets), config, epoch)
        _note(config, epoch)
        metrics = {"epoch": epoch, "val_accuracy": accuracy(model, held_out, held_out_labels)}
        _report(metrics, {"epoch": epoch, "model": model.state_dict(), "optimizer": optimizer.state_dict(),
                          "targets": targets})


def _restore(model: nn.Module, optimizer: torch.optim.Optimizer, targets: Tensor) -> int:
    """How many epochs the checkpoint has behind it, 0 without one."""
    checkpoint = tune.get_checkpoint()
    if checkpoint is None:
        return 0
    with checkpoint.as_directory() as folder:
        state = torch.load(Path(folder) / "state.pt", weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    targets.copy_(state["targets"])
    return int(state["epoch"])


def _train_epoch(model: nn.Module, optimizer: torch.optim.Optimizer, data: tuple[Tensor, Tensor, Tensor],
                 config: dict[str, Any], epoch: int) -> None:
    inputs, labels, targets = data
    model.train()
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(epoch))  # the same after a restore
    for index in order.split(PROBLEM.batch_size):
        optimizer.zero_grad()
        logits = model(inputs[index])
        if epoch < config["start_epoch"]:
            loss = cross_entropy(logits, labels[index])
        else:
            targets[index] = sat_targets(targets[index], logits.detach(), config["momentum"])
            loss = sat_loss(logits, targets[index])
        loss.backward()
        optimizer.step()
    if os.environ.get("HANGS") and config["momentum"] > HANGS_AT and epoch == 2:
        time.sleep(10**6)


def _note(config: dict[str, Any], epoch: int) -> None:
    """For the harness: what was trained, whatever becomes of it."""
    with open(os.environ["EPOCHS_TRAINED"], "a") as trained:
        trained.write(f"{identity(config)}:{epoch}\n")


def identity(config: dict[str, Any]) -> str:
    """A trial's name that is the same in every run."""
    return f"{config['momentum']:.6f}-{config['start_epoch']}"


def _report(metrics: dict[str, Any], state: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        torch.save(state, Path(folder) / "state.pt")
        checkpoint = tune.Checkpoint.from_directory(folder)
        checkpoint.set_metadata({"epoch": metrics["epoch"]})
        tune.report(metrics, checkpoint=checkpoint)


def tuner(storage: str, tracking: str) -> tune.Tuner:
    """The experiment in the folder `storage`: that which is there, else a new one."""
    path = f"{storage}/{NAME}"
    if tune.Tuner.can_restore(path):
        return tune.Tuner.restore(path, trainable=train, param_space=SPACE, resume_unfinished=True,
                                  resume_errored=True)
    return tune.Tuner(
        train, param_space=SPACE,
        tune_config=tune.TuneConfig(num_samples=TRIALS, max_concurrent_trials=WORKERS, metric="val_accuracy",
                                    mode="max", search_alg=OptunaSearch(seed=0)),
        run_config=tune.RunConfig(
            name=NAME, storage_path=storage, failure_config=tune.FailureConfig(max_failures=3),
            callbacks=[MLflowLoggerCallback(tracking_uri=tracking, experiment_name=NAME)]))


def main(storage: str, tracking: str) -> int:
    """Run the experiment as far as it goes."""
    ray.init(num_cpus=WORKERS, include_dashboard=False)
    results = tuner(storage, tracking).fit()
    whole = sum((result.metrics or {}).get("epoch") == PROBLEM.epochs for result in results)
    print(f"{whole} of {TRIALS} trials, {results.num_errors} errors")
    return 0 if whole >= TRIALS else 3


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
