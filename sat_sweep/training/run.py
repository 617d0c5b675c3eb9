"""One network being trained, epoch by epoch; it knows nothing of stores and services."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from sat_sweep.data import TrialData, augment, steps_per_epoch
from sat_sweep.methods import Batch, Composition
from sat_sweep.models import build_model
from sat_sweep.seeds import derive
from sat_sweep.training.device_data import to_device
from sat_sweep.training.metrics import TrainingMetrics, fetch, test_metrics, validation_metrics
from sat_sweep.training.optimizers import plain_step
from sat_sweep.training.record import EpochRecord, best_so_far
from sat_sweep.training.spec import TrialSpec
from sat_sweep.training.trajectory.signature import augmentation_of
from sat_sweep.training.trajectory.state import BEST, State
from sat_sweep.training.weights import Snapshot, capture, restore


class TrainingRun:
    """The state of one trial while it trains, and the only code that changes it."""

    def __init__(self, spec: TrialSpec, data: TrialData, method: Composition) -> None:
        self.spec, self.method = spec, method
        self.device = torch.device(spec.device)
        self.data = to_device(data, self.device, with_test=spec.evaluate == "all")
        self.augmentation = augmentation_of(spec)
        self.model = self._new_model(data)
        self.optimizer = spec.training.optimizer.build(self.model.parameters())
        self.step = plain_step(self.optimizer)
        self.parameters = list(self.model.parameters())
        self.base_lr = spec.training.optimizer.lr
        self.best: Snapshot = {}
        self._is_best = False
        self.history: list[EpochRecord] = []
        self.epoch = 0

    def _new_model(self, data: TrialData) -> torch.nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive(self.spec.seed, "initialisation"))
            model = build_model(self.spec.model, data.input_shape, data.num_classes).to(self.device)
        return _channels_last(model)

    # What methods may use (methods.base.Run)

    @property
    def labels(self) -> Tensor:
        """The given labels of the training set."""
        return self.data.train.labels

    def restore(self, snapshot: Snapshot, layers: str, with_optimizer: bool) -> None:
        """Put back the part of `snapshot` whose names start with `layers`."""
        restore(self.model, self.optimizer, snapshot, layers=layers, with_optimizer=with_optimizer)

    # One epoch

    def train_epoch(self, epoch: int) -> tuple[dict[str, float], str | None]:
        """Train and evaluate epoch `epoch`; returns its metrics and, if training broke down, why."""
        started = time.perf_counter()
        self.epoch = epoch
        self._set_learning_rate(epoch)
        self.method.begin_epoch(self)
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            self._seed_layers(epoch)
            training = self._pass(epoch)
        metrics = fetch({**training.values(), **self._evaluate()})
        diverged = None if math.isfinite(metrics.get("train/loss", math.nan)) else "the training loss is not finite"
        metrics["epoch_seconds"] = time.perf_counter() - started
        return metrics, diverged

    def remember(self, record: EpochRecord) -> None:
        """Add a finished epoch to the history, keeping its weights if they are the best so far."""
        self.history.append(record)
        self._is_best = best_so_far(self.history) is record
        if self._is_best:
            self.best = capture(self.model, self.optimizer)

    def _seed_layers(self, epoch: int) -> None:
        """What `torch.manual_seed` does, for the devices in use alone."""
        seed = derive(self.spec.seed, "layers", epoch)
        torch.default_generator.manual_seed(seed)
        if self.device.type == "cuda":
            torch.cuda.manual_seed(seed)

    def _set_learning_rate(self, epoch: int) -> None:
        training = self.spec.training
        for group in self.optimizer.param_groups:
            group["lr"] = self.base_lr * training.schedule.factor(epoch, training.epochs)

    def _pass(self, epoch: int) -> TrainingMetrics:
        self.model.train()
        metrics = TrainingMetrics(self.data.train)
        for step, (index, inputs, labels) in enumerate(self._batches(epoch)):
            for parameter in self.parameters:  # Optimizer.zero_grad, without its hooks and profiling
                parameter.grad = None
            with self._autocast():
                logits = self.model(inputs)
            loss = self.method.objective.loss(logits.float(), Batch(index, labels), epoch)
            loss.backward()
            self.step()
            metrics.add(index, logits.detach(), loss.detach())
            for dynamics in self.method.dynamics:
                dynamics.after_step(self, step)
        return metrics

    def _batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        part, seed = self.data.train, self.spec.seed
        order = torch.randperm(len(part.labels), generator=_generator(seed, "order", epoch)).to(self.device)
        augmentation = _generator(seed, "augmentation", epoch)
        for index in split_order(order, self.spec.training.batch_size):
            inputs = augment(part.inputs[index], self.augmentation, augmentation, self.data.fill)
            yield index, inputs, part.labels[index]

    def _autocast(self) -> AbstractContextManager[Any]:
        if self.spec.training.precision != "bfloat16":
            return nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def _evaluate(self) -> dict[str, Tensor]:
        metrics: dict[str, Tensor] = {}
        with self._autocast():
            if self.data.validation is not None:
                clean = self.spec.evaluate == "all"
                metrics |= validation_metrics(self.model, self.data.validation, clean=clean)
            if self.data.test is not None:
                metrics |= test_metrics(self.model, self.data.test)
        return metrics

    # All of it as tensors

    def state(self) -> State:
        """Everything that is needed to go on from here, on the CPU."""
        weights = self.best if self._is_best else capture(self.model, self.optimizer)
        tensors = {
            **weights,
            **({} if self._is_best else {f"{BEST}{name}": value for name, value in self.best.items()}),
            **{f"method/{name}": value for name, value in self.method.memory.items()},
        }
        return State({name: value.cpu() for name, value in tensors.items()}, tuple(self.history))

    def load(self, state: State) -> None:
        """Become what `state` describes."""
        tensors = {name: value.to(self.device) for name, value in state.tensors.items()}
        restore(self.model, self.optimizer, tensors)
        self._is_best = state.is_best
        self.best = replace(state, tensors=tensors).weights if self._is_best else _below(BEST, tensors)
        self.method.memory = _below("method/", tensors)
        self.history = list(state.history)


def split_order(order: Tensor, batch_size: int) -> Iterator[Tensor]:
    """`order` (N,) in batches, as many as `steps_per_epoch` says."""
    yield from order.split(batch_size)[: steps_per_epoch(len(order), batch_size)]


def _channels_last(model: torch.nn.Module) -> torch.nn.Module:
    """Convolutions run a third faster this way, also on a CPU (benchmarks/README.md)."""
    if any(isinstance(module, torch.nn.Conv2d) for module in model.modules()):
        return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model


def _generator(seed: int, stream: str, epoch: int) -> torch.Generator:
    return torch.Generator().manual_seed(derive(seed, stream, epoch))


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
