"""One run being trained, epoch by epoch; it knows nothing of stores and services."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace

from sat_sweep.data import TrialData, augment, steps_per_epoch
from sat_sweep.imports.lazy import torch
from sat_sweep.methods import Batch, Composition, Update
from sat_sweep.seeds import derive
from sat_sweep.tasks import Evaluation
from sat_sweep.training.features import features
from sat_sweep.training.lent import Lent, torch_generator
from sat_sweep.training.metrics import TrainingMetrics, fetch
from sat_sweep.training.network import MAIN, are_networks, below, capture, further_networks
from sat_sweep.training.predictions import Predictions
from sat_sweep.training.record import EpochRecord, best_so_far
from sat_sweep.training.spec import TrialSpec
from sat_sweep.training.trajectory.state import BEST, METHOD, PREDICTIONS, WEIGHTS, State


class TrainingRun(Lent):
    """The state of one trial while it trains, and the only code that changes it: also what it lends to its method.

    `predictions` are summed up in the confirm stage alone; None too after a state that came without them.
    """

    def __init__(self, spec: TrialSpec, data: TrialData, method: Composition) -> None:
        super().__init__(spec, data, method)
        self.selection = spec.task.selection
        self._is_best = False
        self.predictions = Predictions(self.data, self.classes) if spec.confirms else None

    # One epoch

    def train_epoch(self, epoch: int) -> tuple[dict[str, float], str | None]:
        """Train and evaluate epoch `epoch`; returns its metrics and, if training broke down, why."""
        started = time.perf_counter()
        self.begin(epoch)
        self.method.begin_epoch(self)
        metrics = dict(self.repeated.metrics) if self.repeated is not None else self._trained(epoch)
        if epoch == self.spec.evaluated_at_end:
            metrics |= self._at_end()
        diverged = None if math.isfinite(metrics.get("train/loss", math.nan)) else "the training loss is not finite"
        metrics["epoch_seconds"] = time.perf_counter() - started
        return metrics, diverged

    def _trained(self, epoch: int) -> dict[str, float]:
        training = TrainingMetrics(self.data.train, self.classes)
        for batch, update in self.steps(epoch):
            training.add(batch.index, *update)
            if self.predictions is not None:
                self.predictions.trained(batch.index, update.logits)
        if self.predictions is not None:
            self.predictions.settle()
        return fetch({**training.values(), **self._evaluate(), **self.method.end_epoch(self)})

    def steps(self, epoch: int) -> Iterator[tuple[Batch, Update]]:
        """Train `epoch` step by step: each batch with what its step predicted and lost, once dynamics have acted."""
        update, dynamics = self.method.update, self.method.dynamics
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            self._seed_layers(epoch)
            self.learning()
            for step, batch in enumerate(self._batches(epoch)):
                taken = update(self, batch, epoch)
                for each in dynamics:
                    each.after_step(self, step)
                yield batch, taken

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

    def _batches(self, epoch: int) -> Iterator[Batch]:
        part, seed = self.data.train, self.spec.seed
        order = passes(len(part.labels), self.data.examples_per_epoch, torch_generator(derive(seed, "order", epoch)))
        augmentation = torch_generator(derive(seed, "augmentation", epoch))
        for index in split_order(order.to(self.device), self.settings.batch_size):
            inputs = augment(part.inputs[index], self.spec.augmentation, augmentation, self.data.fill,
                             self.settings.augmentation, self.data.white)
            weights = part.weights[index] if part.weights is not None else None
            yield Batch(index, part.labels[index], inputs, weights)

    def _evaluate(self) -> dict[str, torch.Tensor]:
        metrics: dict[str, torch.Tensor] = {}
        self.evaluating()
        if self.data.validation is not None:
            metrics |= self.spec.task.on_validation(self.data.validation, self._evaluation("val"))
        if self.data.test is not None:
            metrics |= self.spec.task.on_test(self.data.test, self._evaluation("test"))
        return metrics

    def _at_end(self) -> dict[str, float]:
        self.evaluating()
        assert self.data.test is not None
        return fetch(self.spec.task.at_end(self.data.test, self._evaluation("end")))

    def _evaluation(self, split: str) -> Evaluation:
        def predict(inputs: torch.Tensor) -> torch.Tensor:
            return self.method.predict(self, inputs)

        generator = torch_generator(derive(self.spec.seed, "evaluation", split, self.epoch))
        return Evaluation(predict, self.classes, generator, self.data.fill, self.data.white,
                          true_labels=self.spec.evaluate == "all",
                          observe=self.predictions.evaluated if self.predictions is not None else None,
                          validation=self.data.validation, unlabelled=self.data.unlabelled,
                          training=replace(self.data.train, true_labels=None, wrong=None),
                          features=lambda inputs: features(self.networks.values(), predict, inputs),
                          complete=self.spec.task.is_due(self.epoch) or self.epoch == self.spec.training.epochs)

    # All of it as tensors

    def state(self) -> State:
        """Everything that is needed to go on from here, on the CPU."""
        weights = self.best if self._is_best else capture(self.networks)
        tensors = {
            **weights,
            **({} if self._is_best else {f"{BEST}{name}": value for name, value in self.best.items()}),
            **{f"{METHOD}{name}": value for name, value in self.method.memory.items()},
            **{f"{PREDICTIONS}{name}": value for name, value in self._predicted_so_far().items()},
        }
        best = best_so_far(self.history, self.selection)
        signature = best.signature if best is not None else self.history[-1].signature
        return State({name: value.cpu() for name, value in tensors.items()}, tuple(self.history), signature)

    def load(self, state: State) -> bool:
        """Become what `state` describes; False, and nothing has changed, where it cannot be one of this run's."""
        if not self._fits(state):
            return False
        loaded = state.to(self.device)
        for name in further_networks(loaded.weights):
            self.network(name)
        self.restore(loaded.weights)
        self._is_best = state.is_best
        self.best = loaded.weights if self._is_best else below(BEST, loaded.tensors)
        self.method.memory = below(METHOD, loaded.tensors)
        self.history = list(state.history)
        if self.predictions is not None and not self.predictions.load(below(PREDICTIONS, loaded.tensors)):
            self.predictions = None
        return True

    def _fits(self, state: State) -> bool:
        """Whether its tensors are those that this run would have stored, as far as that can be told before.

        What a method remembers only the method knows: its steps will see.
        """
        main, best = self.networks[MAIN], below(BEST, state.tensors)
        return (all(name.startswith((BEST, METHOD, PREDICTIONS, *WEIGHTS)) for name in state.tensors)
                and are_networks(state.weights, main) and (state.is_best or are_networks(best, main))
                and (self.predictions is None or self.predictions.fits(below(PREDICTIONS, state.tensors))))

    def _predicted_so_far(self) -> dict[str, torch.Tensor]:
        return self.predictions.tensors if self.predictions is not None else {}


def passes(examples: int, size: int, generator: torch.Generator) -> torch.Tensor:
    """`size` positions (size,) of so many `examples`: permutations of all of them one after another, the last cut."""
    full, rest = divmod(size, examples)
    orders = [torch.randperm(examples, generator=generator) for _ in range(full + (rest > 0))]
    return torch.cat(orders)[:size] if len(orders) > 1 else orders[0][:size]


def split_order(order: torch.Tensor, batch_size: int) -> Iterator[torch.Tensor]:
    """`order` (N,) in batches, as many as `steps_per_epoch` says."""
    yield from order.split(batch_size)[: steps_per_epoch(len(order), batch_size)]
