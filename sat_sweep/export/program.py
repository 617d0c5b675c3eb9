"""A module as a list of torch's core operations in JSON, beside its weights.

torch.export follows the module. Its own file of a program is not what a model is kept in: reading one is trusting it,
since torch falls back to unpickling what it holds and evaluates the expressions of its shapes. The list is plain data,
and `predictor.py`, which computes it, takes nothing but core operations from it.
"""

from __future__ import annotations

import math
import operator
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram
from torch.fx import Node

from sat_sweep.errors import UserError
from sat_sweep.export.predictor import ON_SIZES


class Program(NamedTuple):
    """A network and its weights as `predictor.Network` takes them."""

    network: dict[str, Any]
    weights: dict[str, Tensor]


def traced(module: nn.Module, input_shape: tuple[int, ...]) -> Program:
    """`module`, from (B, *input_shape) float32 to probabilities, in evaluation mode, for any batch size B.

    Raises UserError for a network that torch.export cannot follow.
    """
    module = module.cpu().eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # torch's own, about itself
            core = followed(module, input_shape).run_decompositions()
    except Exception as error:  # whatever in it torch cannot follow
        raise UserError(f"torch.export cannot follow this network: {first_line(error)}") from error
    return Program(_network(core), _weights(core))


def followed(module: nn.Module, input_shape: tuple[int, ...]) -> ExportedProgram:
    """`module`, from (B, *input_shape) float32, as torch.export follows it for any batch size B."""
    with torch.no_grad():
        return torch.export.export(module, (torch.zeros(2, *input_shape),), strict=False,
                                   dynamic_shapes=({0: Dim("batch")},))


def first_line(error: Exception) -> str:
    """What went wrong, in a line: torch's messages have pages."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _network(program: ExportedProgram) -> dict[str, Any]:
    nodes, stored = list(program.graph.nodes), _stored(program)
    (given,) = program.graph_signature.user_inputs
    (output,) = program.graph_signature.user_outputs
    steps = [_step(node) for node in nodes if node.op == "call_function" and node.users]
    used = {name: key for name, key in stored.items() if any(n.name == name and n.users for n in nodes)}
    return {"input": given, "output": output, "weights": used, "steps": steps}


def _stored(program: ExportedProgram) -> dict[str, str]:
    """The names of weights, buffers and constants, by those that they have among the operations."""
    signature = program.graph_signature
    return {**signature.inputs_to_parameters, **signature.inputs_to_buffers,
            **signature.inputs_to_lifted_tensor_constants}


def _weights(program: ExportedProgram) -> dict[str, Tensor]:
    """Those that are used, each in memory of its own."""
    tensors: Mapping[str, Any] = {**program.constants, **program.state_dict}
    return {key: tensors[key].detach().clone(memory_format=torch.contiguous_format)
            for key in _network(program)["weights"].values()}


def _step(node: Node) -> dict[str, Any]:
    return {"name": node.name, "operation": _operation(node.target), "args": _written(node.args),
            "kwargs": _written(node.kwargs)}


def _operation(target: Any) -> str:
    """As `predictor` finds it again, which refuses what is neither."""
    if isinstance(target, torch._ops.OpOverload):
        return str(target)
    name = getattr(target, "__name__", str(target))
    return f"sizes.{name}" if getattr(operator, name, None) is target and name in ON_SIZES else name


def _written(value: Any) -> Any:
    """An argument as JSON."""
    if isinstance(value, Node):
        return {"result": value.name}
    if isinstance(value, list | tuple):
        return [_written(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _written(each) for key, each in value.items()}
    if isinstance(value, torch.dtype | torch.layout | torch.memory_format | torch.device):
        return {"constant": [f"torch.{type(value).__name__}", str(value).removeprefix("torch.")]}
    if isinstance(value, float) and not math.isfinite(value):
        return {"constant": ["float", str(value)]}
    return value
