"""One run being trained, epoch by epoch; it knows nothing of stores and services."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sat_sweep.data import TrialData, augment, steps_per_epoch
from sat_sweep.data.device import DevicePart, to_device
from sat_sweep.imports.lazy import torch
from sat_sweep.methods import Batch, Composition
from sat_sweep.methods.tools import Network as AnyNetwork
from sat_sweep.models import build_model
from sat_sweep.seeds import derive
from sat_sweep.tasks import Evaluation
from sat_sweep.training.metrics import TrainingMetrics, fetch
from sat_sweep.training.network import MAIN, Network, below, capture, further_networks, prefix
from sat_sweep.training.record import EpochRecord, best_so_far
from sat_sweep.training.spec import TrialSpec
from sat_sweep.training.trajectory.state import BEST, METHOD, State

if TYPE_CHECKING:
    from sat_sweep.training.network import Snapshot


class TrainingRun:
    """The state of one trial while it trains, and the only code that changes it.

    It is also what a run lends to its method: `methods.base.Tools` during a step, `methods.base.Run` between steps.
    """

    def __init__(self, spec: TrialSpec, data: TrialData, method: Composition) -> None:
        self.spec, self.method = spec, method
        self.selection = spec.task.selection
        self.device = torch.device(spec.device)
        self.data = to_device(data, self.device, with_test=spec.evaluate == "all")
        self.input_shape, self.classes = data.input_shape, data.num_classes
        self.networks: dict[str, Network] = {}
        self.best: Snapshot = {}
        self._is_best = False
        self.history: list[EpochRecord] = []
        self.epoch = 1
        self._generators: dict[str, Any] = {}
        self.network()

    # What methods may use

    @property
    def labels(self) -> torch.Tensor:
        """The given labels of the training set."""
        return self.data.train.labels

    @property
    def trusted(self) -> DevicePart | None:
        """Examples with true labels, where some were set aside."""
        return self.data.trusted

    def network(self, name: str = MAIN) -> Network:
        """The network `name`, freshly initialised from a stream of its own when it is first asked for."""
        if name not in self.networks:
            self.networks[name] = Network(self._new_module(name), self.spec.training.optimizer)
            self.networks[name].set_learning_rate(self._learning_rate(self.epoch))
        return self.networks[name]

    def forward(self, network: AnyNetwork, inputs: torch.Tensor,
                parameters: Mapping[str, torch.Tensor] | None = None) -> torch.Tensor:
        """Logits (B, outputs), float32; `parameters` in place of the network's own leave its buffers as they are."""
        with self._autocast():
            logits: torch.Tensor
            if parameters is None:
                logits = network.module(inputs)
            else:
                buffers = {name: buffer.clone() for name, buffer in network.module.named_buffers()}
                logits = torch.func.functional_call(network.module, {**parameters, **buffers}, inputs)
            return logits.float()

    def descend(self, network: AnyNetwork, loss: torch.Tensor) -> None:
        """One optimiser step of `network` on `loss`."""
        network.descend(loss)

    def views(self, batch: Batch, kind: str = "auto") -> torch.Tensor:
        """A further augmented view of the batch's images, (B, …), of this `kind` or the trial's own."""
        kind = self.spec.augmentation if kind == "auto" else kind
        generator = self._of_this_epoch(f"view/{kind}", _torch_generator)
        return augment(self.data.train.inputs[batch.index], kind, generator, self.data.fill)

    def random(self, name: str) -> np.random.Generator:
        """The NumPy generator `name` of this epoch."""
        generator: np.random.Generator = self._of_this_epoch(name, np.random.default_rng)
        return generator

    def restore(self, snapshot: Mapping[str, torch.Tensor], layers: str = "", with_optimizer: bool = True) -> None:
        """Put back what of `snapshot` starts with `layers`, in every network; its optimiser `with_optimizer`."""
        for name, network in self.networks.items():
            network.restore(below(prefix(name), snapshot), layers=layers, with_optimizer=with_optimizer)

    # One epoch

    def train_epoch(self, epoch: int) -> tuple[dict[str, float], str | None]:
        """Train and evaluate epoch `epoch`; returns its metrics and, if training broke down, why."""
        started = time.perf_counter()
        self.epoch = epoch
        self._generators = {}
        for network in self.networks.values():
            network.set_learning_rate(self._learning_rate(epoch))
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
        self._is_best = best_so_far(self.history, self.selection) is record
        if self._is_best:
            self.best = capture(self.networks)

    def _seed_layers(self, epoch: int) -> None:
        """What `torch.manual_seed` does, for the devices in use alone."""
        seed = derive(self.spec.seed, "layers", epoch)
        torch.default_generator.manual_seed(seed)
        if self.device.type == "cuda":
            torch.cuda.manual_seed(seed)

    def _learning_rate(self, epoch: int) -> float:
        training = self.spec.training
        return training.optimizer.lr * training.schedule.factor(epoch, training.epochs)

    def _pass(self, epoch: int) -> TrainingMetrics:
        for network in self.networks.values():
            network.module.train()
        metrics = TrainingMetrics(self.data.train, self.classes)
        update, dynamics = self.method.algorithm.update, self.method.dynamics
        for step, batch in enumerate(self._batches(epoch)):
            metrics.add(batch.index, *update(self, batch, epoch))
            for each in dynamics:
                each.after_step(self, step)
        return metrics

    def _batches(self, epoch: int) -> Iterator[Batch]:
        part, seed = self.data.train, self.spec.seed
        order = torch.randperm(len(part.labels), generator=_torch_generator(derive(seed, "order", epoch)))
        augmentation = _torch_generator(derive(seed, "augmentation", epoch))
        for index in split_order(order.to(self.device), self.spec.training.batch_size):
            inputs = augment(part.inputs[index], self.spec.augmentation, augmentation, self.data.fill)
            yield Batch(index, part.labels[index], inputs)

    def _evaluate(self) -> dict[str, torch.Tensor]:
        metrics: dict[str, torch.Tensor] = {}
        for network in self.networks.values():
            network.module.eval()
        if self.data.validation is not None:
            metrics |= self.spec.task.on_validation(self.data.validation, self._evaluation("val"))
        if self.data.test is not None:
            metrics |= self.spec.task.on_test(self.data.test, self._evaluation("test"))
        return metrics

    def _evaluation(self, split: str) -> Evaluation:
        def predict(inputs: torch.Tensor) -> torch.Tensor:
            return self.method.algorithm.predict(self, inputs)

        generator = _torch_generator(derive(self.spec.seed, "evaluation", split, self.epoch))
        return Evaluation(predict, self.classes, generator, self.data.fill, self.data.white,
                          true_labels=self.spec.evaluate == "all")

    def _of_this_epoch(self, name: str, make: Any) -> Any:
        if name not in self._generators:
            self._generators[name] = make(derive(self.spec.seed, name, self.epoch))
        return self._generators[name]

    def _autocast(self) -> AbstractContextManager[Any]:
        return nullcontext() if self._half is None else torch.autocast(self.device.type, dtype=self._half)

    @cached_property
    def _half(self) -> torch.dtype | None:
        return torch.bfloat16 if self.spec.training.precision == "bfloat16" else None

    def _new_module(self, name: str) -> torch.nn.Module:
        outputs = self.method.algorithm.outputs(self.classes)
        stream = ("initialisation",) if name == MAIN else ("initialisation", name)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive(self.spec.seed, *stream))
            return _channels_last(build_model(self.spec.model, self.input_shape, outputs).to(self.device))

    # All of it as tensors

    def state(self) -> State:
        """Everything that is needed to go on from here, on the CPU."""
        weights = self.best if self._is_best else capture(self.networks)
        tensors = {
            **weights,
            **({} if self._is_best else {f"{BEST}{name}": value for name, value in self.best.items()}),
            **{f"{METHOD}{name}": value for name, value in self.method.memory.items()},
        }
        best = best_so_far(self.history, self.selection)
        signature = best.signature if best is not None else self.history[-1].signature
        return State({name: value.cpu() for name, value in tensors.items()}, tuple(self.history), signature)

    def load(self, state: State) -> None:
        """Become what `state` describes."""
        loaded = state.to(self.device)
        for name in further_networks(loaded.weights):
            self.network(name)
        self.restore(loaded.weights)
        self._is_best = state.is_best
        self.best = loaded.weights if self._is_best else below(BEST, loaded.tensors)
        self.method.memory = below(METHOD, loaded.tensors)
        self.history = list(state.history)


def split_order(order: torch.Tensor, batch_size: int) -> Iterator[torch.Tensor]:
    """`order` (N,) in batches, as many as `steps_per_epoch` says."""
    yield from order.split(batch_size)[: steps_per_epoch(len(order), batch_size)]


def _channels_last(module: torch.nn.Module) -> torch.nn.Module:
    """Convolutions run a third faster this way, also on a CPU (benchmarks/README.md)."""
    if any(isinstance(layer, torch.nn.Conv2d) for layer in module.modules()):
        module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return module


def _torch_generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
