"""A run after an epoch as tensors and records, and as a file.

    magic | checksum of all that follows | length of the head | head: JSON | tensors, each as it lies in memory

The checksum is SHA-256, with a key of the home HMAC-SHA256 (`home.key`). The head has the history, the best epoch's
signature, and of each tensor its name, type, shape and strides. Nothing but numbers is ever read from a file, and
writing one copies no tensor: two thirds of the time that torch.save takes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sat_sweep.home.files import Bytes
from sat_sweep.home.key import digest_of, is_digest_of
from sat_sweep.imports.lazy import torch
from sat_sweep.training.network import FURTHER
from sat_sweep.training.record import EpochRecord

MAGIC = b"sat-sweep state 4\n"
CHECKSUM, LENGTH = 32, 8
"""Bytes of the checksum and of the head's length."""
ALIGNMENT = 64
"""Every tensor starts at a multiple of this many bytes, as torch's own do."""
TYPES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")
"""What tensors in a state may be of; any other word in a file names no type."""
BEST, METHOD, PREDICTIONS, WEIGHTS = "best/", "method/", "predictions/", ("model/", "optimizer/", FURTHER)
"""How the names of best-so-far weights begin, those of a method's memory, of summed predictions, and of the weights."""


@dataclass(frozen=True)
class State:
    """What a run is after the last epoch of `history`; `tensors` are flat by name.

    `best` is the signature of the state that the best-so-far weights are from. Weights that are themselves the best
    so far are there once, without the names of best ones.
    """

    tensors: Mapping[str, torch.Tensor]
    history: tuple[EpochRecord, ...]
    best: str

    @property
    def signature(self) -> str:
        """The signature this state belongs to."""
        return self.history[-1].signature

    @property
    def is_best(self) -> bool:
        """Whether its own weights are the best so far."""
        return self.best == self.signature

    @property
    def lacks_best(self) -> bool:
        """Whether its best-so-far weights are to be found in another state."""
        return not self.is_best and not any(name.startswith(BEST) for name in self.tensors)

    @property
    def weights(self) -> dict[str, torch.Tensor]:
        """Those of its tensors that are weights, buffers or the optimiser's."""
        return {name: tensor for name, tensor in self.tensors.items() if name.startswith(WEIGHTS)}

    def to(self, device: torch.device) -> State:
        """The same with every tensor on `device`."""
        return replace(self, tensors={name: tensor.to(device) for name, tensor in self.tensors.items()})

    def copy(self) -> State:
        """The same in memory of its own, each tensor laid out as it was."""
        return replace(self, tensors={name: _dense(tensor.detach()).clone() for name, tensor in self.tensors.items()})

    def without_best(self) -> State:
        """The same without best-so-far weights."""
        return replace(self, tensors={name: t for name, t in self.tensors.items() if not name.startswith(BEST)})

    def with_best(self, best: State) -> State:
        """The same with the weights of `best` as its best so far."""
        return replace(self, tensors={**self.tensors, **{BEST + name: t for name, t in best.weights.items()}})


# To a file


def encode(state: State) -> list[Bytes]:
    """`state` as pieces of a file, most of them the very memory of its tensors."""
    tensors = {name: _dense(tensor.detach()) for name, tensor in state.tensors.items()}
    content = {"history": [record.to_json() for record in state.history],
               "best": state.best, "tensors": [[name, *_described(tensor)] for name, tensor in tensors.items()]}
    head = json.dumps(content).encode()
    body = [len(head).to_bytes(LENGTH, "little"), *_aligned(head, start=len(MAGIC) + CHECKSUM + LENGTH)]
    for tensor in tensors.values():
        body += _aligned(_memory(tensor))
    return [MAGIC, digest_of(body), *body]


def _dense(tensor: torch.Tensor) -> torch.Tensor:
    """The same tensor, in memory without gaps and in any order of its dimensions."""
    return tensor if _in_memory_order(tensor).is_contiguous() else tensor.contiguous()


def _in_memory_order(tensor: torch.Tensor) -> torch.Tensor:
    strides = tensor.stride()
    return tensor.permute(sorted(range(tensor.ndim), key=strides.__getitem__, reverse=True))


def _described(tensor: torch.Tensor) -> tuple[str, list[int], list[int]]:
    return str(tensor.dtype).removeprefix("torch."), list(tensor.shape), list(tensor.stride())


def _memory(tensor: torch.Tensor) -> memoryview:
    return _in_memory_order(tensor).reshape(-1).view(torch.uint8).numpy().data


def _aligned(content: bytes | memoryview, start: int = 0) -> list[Bytes]:
    """`content`, and what is missing to a multiple of ALIGNMENT if it starts at `start`."""
    return [content, bytes(-(start + len(content)) % ALIGNMENT)]


# From a file


def decode(content: bytearray) -> State | None:
    """The state that `encode` wrote, None for anything else: truncated, damaged, foreign, forged.

    Its tensors lie in `content` itself, and reach nowhere else.
    """
    view, start = memoryview(content), len(MAGIC) + CHECKSUM
    if view[:len(MAGIC)] != MAGIC or not is_digest_of(view[len(MAGIC):start], [view[start:]]):
        return None
    try:
        end = start + LENGTH + int.from_bytes(view[start:start + LENGTH], "little")
        head = json.loads(bytes(view[start + LENGTH:end]))
        history = tuple(EpochRecord.from_json(entry) for entry in head["history"])
        tensors = dict(_tensors(view, head["tensors"], end))
        is_known = head["best"] in {record.signature for record in history}
    except Exception:  # whatever is wrong with a foreign file, the answer is the same
        return None
    return State(tensors, history, head["best"]) if is_known else None


def _tensors(view: memoryview, described: list[Any], place: int) -> Iterator[tuple[str, torch.Tensor]]:
    """Each by its name; raises an error for one that `encode` would not have written."""
    for name, kind, shape, stride in described:
        if any(size < 0 for size in shape):
            raise ValueError("a dimension is negative")
        place += -place % ALIGNMENT
        dtype, count = getattr(torch, TYPES[TYPES.index(kind)]), math.prod(shape)
        flat = torch.frombuffer(view, dtype=dtype, count=count, offset=place) if count else torch.empty(0, dtype=dtype)
        tensor = flat.as_strided(shape, stride)
        if not isinstance(name, str) or not _in_memory_order(tensor).is_contiguous():
            raise ValueError("elements lie on top of each other")
        yield name, tensor
        place += count * dtype.itemsize
