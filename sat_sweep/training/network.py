"""A network with its optimiser, and both as one flat dictionary of tensors, copied out and copied back.

Names are `model/<parameter or buffer>` and `optimizer/<parameter>/<state>`; those of further networks begin with
`networks/<name>/`. Copies are real: torch's own optimiser state dictionaries hand out references, and a "checkpoint"
of those goes on changing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.tools import Layers, StepSettings
from sat_sweep.models import chosen_by
from sat_sweep.training.optimizers import AnyOptimizer, plain_step

MAIN = "main"
"""The network that every run has."""
FURTHER = "networks/"
"""How the names of tensors of all other networks begin."""

if TYPE_CHECKING:
    Snapshot = dict[str, torch.Tensor]


class Network:
    """A module and the optimiser that trains it."""

    def __init__(self, module: torch.nn.Module, optimizer: AnyOptimizer) -> None:
        self.module = module
        self.parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
        self.optimizer: torch.optim.Optimizer = optimizer.build(_groups(module, optimizer) or self.parameters)
        self._learning_rate = optimizer.lr
        self._frozen = _frozen(module)
        self._step = plain_step(self.optimizer)
        self._clip_norm = math.inf

    @property
    def learning_rate(self) -> float:
        """The one of now, before the factors of layers."""
        return self._learning_rate

    def apply(self, settings: StepSettings) -> None:
        """Train with these `settings` from now on."""
        self._learning_rate = settings.learning_rate
        for group in self.optimizer.param_groups:
            group["lr"] = settings.learning_rate * group.get("factor", 1.0)
            group["weight_decay"] = settings.weight_decay
        self._clip_norm = settings.clip_norm

    def learning(self) -> None:
        """Be in training mode, but for frozen layers: their running statistics stay too."""
        self.module.train()
        for layer in self._frozen.layers:
            layer.eval()

    def descend(self, loss: torch.Tensor) -> None:
        """One optimiser step down the gradient of the scalar `loss`."""
        for parameter in self.parameters:  # Optimizer.zero_grad, without its hooks and profiling
            parameter.grad = None
        loss.backward()
        self._clip_and_step()

    def descend_along(self, gradients: Mapping[str, torch.Tensor]) -> None:
        """One optimiser step with `gradients`, one for each parameter that is not frozen by its name."""
        for name, parameter in self.module.named_parameters():
            if parameter.requires_grad:
                parameter.grad = gradients[name]
        self._clip_and_step()

    def _clip_and_step(self) -> None:
        if self._clip_norm < math.inf:
            torch.nn.utils.clip_grad_norm_(self.parameters, self._clip_norm)
        self._step()

    def tensors(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Everything that training changes, by name."""
        for name, tensor in self.module.state_dict(keep_vars=True).items():
            yield f"model/{name}", tensor
        for name, parameter in self.module.named_parameters():
            for key, value in self.optimizer.state.get(parameter, {}).items():
                if isinstance(value, torch.Tensor):
                    yield f"optimizer/{name}/{key}", value

    def mix(self, fresh: torch.nn.Module, layers: Layers, keep: float, add: float) -> None:
        """`keep` of the parameters + `add` of those of `fresh`, with the buffers of `fresh` and a new optimiser state.

        For what belongs to parameters and buffers whose names start with `layers` and are not frozen.
        """
        new = fresh.state_dict()
        with torch.no_grad():
            for name, tensor in self.module.state_dict(keep_vars=True).items():
                if name.startswith(layers) and name not in self._frozen.names:
                    mixed = isinstance(tensor, torch.nn.Parameter)
                    tensor.copy_(keep * tensor + add * new[name] if mixed else new[name])
            for name, tensor in self.tensors():
                if name.startswith("optimizer/") and name.removeprefix("optimizer/").startswith(layers):
                    tensor.zero_()

    def restore(self, snapshot: Mapping[str, torch.Tensor], *, layers: Layers = "",
                with_optimizer: bool = True) -> None:
        """Copy `snapshot` back into what belongs to parameters and buffers whose names start with `layers`.

        Learning rates are no state here: they follow the schedule. Without `with_optimizer` momentum stays as it is.
        """
        with torch.no_grad():
            for name, tensor in self.module.state_dict(keep_vars=True).items():
                if name.startswith(layers):
                    tensor.copy_(snapshot[f"model/{name}"])
        if with_optimizer:
            for name, parameter in self.module.named_parameters():
                if name.startswith(layers):
                    self._restore_state(parameter, snapshot, f"optimizer/{name}/")

    def could_have(self, snapshot: Mapping[str, torch.Tensor]) -> bool:
        """Whether `restore` could put back `snapshot`: it has the names, sizes and types that training leaves.

        What an optimiser keeps of a parameter is as large as that is, or one number.
        """
        module, parameters = self.module.state_dict(), dict(self.module.named_parameters())
        if below("model/", snapshot).keys() != module.keys():
            return False
        for name, value in snapshot.items():
            kind, _, rest = name.partition("/")
            owner = module[rest] if kind == "model" else parameters.get(rest.rpartition("/")[0])
            if owner is None or (value.shape != owner.shape and (kind == "model" or value.ndim)):
                return False
            if value.dtype != owner.dtype and (kind == "model" or value.ndim or not value.is_floating_point()):
                return False
        return True

    def _restore_state(self, parameter: torch.Tensor, snapshot: Mapping[str, torch.Tensor], prefix: str) -> None:
        state = self.optimizer.state[parameter]
        for key, value in below(prefix, snapshot).items():
            if isinstance(state.get(key), torch.Tensor):
                state[key].copy_(value)
            else:
                state[key] = value.clone()


class _Frozen(NamedTuple):
    """Layers all of whose own parameters are frozen, and the names of all that is in them."""

    layers: tuple[torch.nn.Module, ...]
    names: frozenset[str]


def _frozen(module: torch.nn.Module) -> _Frozen:
    layers, names = [], set()
    for path, layer in module.named_modules():
        own = dict(layer.named_parameters(recurse=False))
        if own and not any(parameter.requires_grad for parameter in own.values()):
            layers.append(layer)
            names |= {f"{path}.{name}" if path else name
                      for name in (*own, *dict(layer.named_buffers(recurse=False)))}
    return _Frozen(tuple(layers), frozenset(names))


def _groups(module: torch.nn.Module, optimizer: AnyOptimizer) -> list[dict[str, Any]]:
    """The parameters that learn by the factor on their learning rate; [] where all have the same."""
    if not optimizer.lr_factors:
        return []
    chosen = chosen_by(optimizer.lr_factors, module)
    groups: dict[float, list[torch.Tensor]] = {}
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            factor = optimizer.lr_factors[chosen[name]] if name in chosen else 1.0
            groups.setdefault(factor, []).append(parameter)
    return [{"params": parameters, "factor": factor} for factor, parameters in groups.items()]


def capture(networks: Mapping[str, Network]) -> Snapshot:
    """Copies of everything that training changes in all `networks`, on the device they live on."""
    return {prefix(name) + key: tensor.detach().clone()
            for name, network in networks.items() for key, tensor in network.tensors()}


def prefix(network: str) -> str:
    """How the names of the tensors of `network` begin."""
    return "" if network == MAIN else f"{FURTHER}{network}/"


def further_networks(snapshot: Mapping[str, torch.Tensor]) -> list[str]:
    """The names of all networks in `snapshot` but the main one."""
    return sorted({name.split("/")[1] for name in snapshot if name.startswith(FURTHER)})


def are_networks(snapshot: Mapping[str, torch.Tensor], like: Network) -> bool:
    """Whether `snapshot` has all of the main network and of any further ones, each of them built `like` it."""
    further = further_networks(snapshot)
    main = {name: value for name, value in snapshot.items() if not name.startswith(FURTHER)}
    return like.could_have(main) and all(like.could_have(below(prefix(name), snapshot)) for name in further)


def below(start: str, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Those of `tensors` whose names begin with `start`, without it."""
    return {name.removeprefix(start): value for name, value in tensors.items() if name.startswith(start)}
