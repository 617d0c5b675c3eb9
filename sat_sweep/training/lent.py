"""What a run lends to its method: `methods.tools.Tools` during a step, `methods.tools.Run` between steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sat_sweep.data import TrialData, augment
from sat_sweep.data.device import DevicePart, DeviceUnlabelled, to_device
from sat_sweep.imports.lazy import torch
from sat_sweep.methods import Batch, Composition, StepSettings, UnlabelledBatch
from sat_sweep.methods.tools import Layers
from sat_sweep.methods.tools import Network as AnyNetwork
from sat_sweep.models import build_model
from sat_sweep.seeds import derive
from sat_sweep.tasks.base import EVALUATION_BATCH
from sat_sweep.training.network import MAIN, Network, below, capture, prefix
from sat_sweep.training.record import EpochRecord
from sat_sweep.training.spec import TrialSpec

if TYPE_CHECKING:
    from sat_sweep.training.network import Snapshot


class Lent:
    """Networks, data and generators of a run in its epoch `epoch`, and what methods may do with them."""

    def __init__(self, spec: TrialSpec, data: TrialData, method: Composition) -> None:
        self.spec, self.method = spec, method
        self.device = torch.device(spec.device)
        self.data = to_device(data, self.device, with_test=spec.evaluate == "all")
        self.input_shape, self.classes = data.input_shape, data.num_classes
        self.error_rate, self._transition = data.error_rate, data.transition
        self.networks: dict[str, Network] = {}
        self.history: list[EpochRecord] = []
        self.best: Snapshot = {}
        self.begin(1)
        self.network()

    def begin(self, epoch: int) -> None:
        """Become a run at the beginning of `epoch`: settings as the file has them, generators anew."""
        self.epoch = epoch
        self.settings = _settings(self.spec, epoch)
        self.repeated: EpochRecord | None = None
        self._generators: dict[str, Any] = {}
        for network in self.networks.values():
            network.apply(self.settings)

    @property
    def inputs(self) -> torch.Tensor:
        """The inputs of the training set, normalised and not augmented."""
        return self.data.train.inputs

    @property
    def labels(self) -> torch.Tensor:
        """The given labels of the training set."""
        return self.data.train.labels

    @property
    def trained(self) -> dict[str, Network]:
        """The networks that steps train: all but averages and the like."""
        return {name: network for name, network in self.networks.items() if not self.method.follows(name)}

    @property
    def transition(self) -> torch.Tensor | None:
        """The true P(given label = j | true label = i), (C, C), where true labels are known."""
        return torch.tensor(self._transition, device=self.device) if self._transition is not None else None

    @property
    def trusted(self) -> DevicePart | None:
        """Examples with true labels, where some were set aside."""
        return self.data.trusted

    @property
    def bounds(self) -> tuple[torch.Tensor, torch.Tensor]:
        """A black and a white pixel after normalisation, per channel."""
        return self.data.fill, self.data.white

    @property
    def unlabelled(self) -> DeviceUnlabelled | None:
        """Training examples without labels, where only some have any."""
        return self.data.unlabelled

    # In a step

    def network(self, name: str = MAIN) -> Network:
        """The network `name`, freshly initialised from a stream of its own when it is first asked for."""
        if name not in self.networks:
            self.networks[name] = Network(self._new_module(name), self.spec.training.optimizer)
            self.networks[name].apply(self.settings)
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
            logits = logits.float()
        cooled = self.settings.temperature != 1.0 and network.module.training
        return logits / self.settings.temperature if cooled else logits

    @contextmanager
    def in_evaluation_mode(self, network: AnyNetwork) -> Iterator[None]:
        """Within it `network` predicts as evaluation does; then every layer is in the mode it was in before."""
        before = [(layer, layer.training) for layer in network.module.modules()]
        network.module.eval()
        try:
            yield
        finally:
            for layer, training in before:
                layer.training = training

    def descend(self, network: AnyNetwork, loss: torch.Tensor) -> None:
        """One optimiser step of `network` on `loss`."""
        network.descend(loss)

    def views(self, batch: Batch | UnlabelledBatch, kind: str = "auto") -> torch.Tensor:
        """A further augmented view of the batch's images, (B, …), of this `kind` or the trial's own."""
        kind = self._kind(kind)
        if isinstance(batch, UnlabelledBatch):
            assert self.data.unlabelled is not None, "whoever has such a batch has such examples"
            stream, inputs = f"unlabelled view/{kind}", self.data.unlabelled.inputs
        else:
            stream, inputs = f"view/{kind}", self.inputs
        generator = self._of_this_epoch(stream, torch_generator)
        return augment(inputs[batch.index], kind, generator, self.data.fill, self.settings.augmentation,
                       self.data.white)

    def _kind(self, kind: str) -> str:
        """`kind` with the trial's own augmentation for "auto", each part once."""
        parts = [part for each in kind.split("+")
                 for part in (self.spec.augmentation if each == "auto" else each).split("+") if part != "none"]
        return "+".join(dict.fromkeys(parts)) or "none"

    def random(self, name: str) -> np.random.Generator:
        """The NumPy generator `name` of this epoch."""
        generator: np.random.Generator = self._of_this_epoch(name, np.random.default_rng)
        return generator

    # Between steps

    def initial(self, network: str = MAIN) -> dict[str, torch.Tensor]:
        """Parameters and buffers of `network` as they were before the first step."""
        return dict(self._new_module(network).state_dict())

    def change(self, **settings: float) -> None:
        """Train with other `settings` for the rest of this epoch."""
        self.settings = replace(self.settings, **settings)  # type: ignore[arg-type]
        for network in self.networks.values():
            network.apply(self.settings)

    def restore(self, snapshot: Mapping[str, torch.Tensor], layers: Layers = "", with_optimizer: bool = True) -> None:
        """Put back what of `snapshot` starts with `layers`, in every network; its optimiser `with_optimizer`."""
        for name, network in self.networks.items():
            network.restore(below(prefix(name), snapshot), layers=layers, with_optimizer=with_optimizer)

    def reinitialise(self, layers: Layers = "", keep: float = 0.0, fresh: float = 1.0) -> None:
        """`layers` <- `keep` of them + `fresh` of a new initialisation; networks that follow others become copies."""
        for name, network in self.trained.items():
            network.mix(self._new_module(name, self.epoch), layers, keep, fresh)
        for name, network in self.networks.items():
            if (followed := self.method.follows(name)) is not None:
                network.module.load_state_dict(self.networks[followed].module.state_dict())

    def training_logits(self, network: str | None = None,
                        weights: Mapping[str, torch.Tensor] | None = None) -> torch.Tensor:
        """Logits (N, outputs) of the training set of `network`, or as evaluation sees them, with these `weights`."""
        now = capture(self.networks) if weights is not None else None
        if weights is not None:
            self.restore(weights, with_optimizer=False)
        self.evaluating()
        with torch.no_grad():
            logits = torch.cat([self._predicted(network, inputs) for inputs in self.inputs.split(EVALUATION_BATCH)])
        if now is not None:
            self.restore(now)
        return logits

    def snapshot(self) -> Snapshot:
        """Copies of weights, buffers and optimiser state of all networks, as in `best`."""
        return capture(self.networks)

    def repeat(self, record: EpochRecord) -> None:
        """Do not train this epoch; its metrics are those of `record`."""
        self.repeated = record

    # Shared with the loop

    def learning(self) -> None:
        """Have all networks in training mode."""
        for network in self.networks.values():
            network.learning()

    def evaluating(self) -> None:
        """Have all networks in evaluation mode."""
        for network in self.networks.values():
            network.module.eval()

    def _predicted(self, network: str | None, inputs: torch.Tensor) -> torch.Tensor:
        if network is None:
            return self.method.predict(self, inputs)
        return self.forward(self.network(network), inputs)

    def _of_this_epoch(self, name: str, make: Any) -> Any:
        if name not in self._generators:
            self._generators[name] = make(derive(self.spec.seed, name, self.epoch))
        return self._generators[name]

    def _autocast(self) -> AbstractContextManager[Any]:
        return nullcontext() if self._half is None else torch.autocast(self.device.type, dtype=self._half)

    @cached_property
    def _half(self) -> torch.dtype | None:
        return torch.bfloat16 if self.spec.training.precision == "bfloat16" else None

    def _new_module(self, name: str, *draw: int) -> torch.nn.Module:
        algorithm = self.method.algorithm
        stream = ("initialisation",) if name == MAIN else ("initialisation", name)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive(self.spec.seed, *stream, *draw))
            module = build_model(self.spec.model, self.input_shape, algorithm.outputs(self.classes),
                                 algorithm.head(self.classes))
            return _channels_last(module.to(self.device))


def torch_generator(seed: int) -> torch.Generator:
    """A generator on the CPU."""
    return torch.Generator().manual_seed(seed)


def _settings(spec: TrialSpec, epoch: int) -> StepSettings:
    training = spec.training
    rate = training.optimizer.lr * training.schedule.factor(epoch, training.epochs)
    return StepSettings(rate, training.optimizer.weight_decay, training.batch_size)


def _channels_last(module: torch.nn.Module) -> torch.nn.Module:
    """Convolutions run a third faster this way, also on a CPU (benchmarks/README.md)."""
    if any(isinstance(layer, torch.nn.Conv2d) for layer in module.modules()):
        module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return module
