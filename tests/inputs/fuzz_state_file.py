"""Fuzz the reader of state files: `python -m tests.inputs.fuzz_state_file SECONDS`.

Whatever the bytes are, they are a state whose tensors lie within them and which is written to the same again, or
nothing. All of them get a digest that fits, since nothing is read without one.
"""

from __future__ import annotations

import atheris

with atheris.instrument_imports(include=["sat_sweep.training.trajectory.state", "sat_sweep.training.record", "json"]):
    import torch

    from sat_sweep.home.key import digest_of
    from sat_sweep.training import EpochRecord
    from sat_sweep.training.trajectory.state import MAGIC, State, decode, encode
from tests.inputs.fuzzing import fuzz


def sealed(body: bytes) -> bytearray:
    """A file that is whole, whatever stands in it."""
    return bytearray(MAGIC + digest_of([body]) + body)


def read(body: bytes) -> None:
    """Read a file with this `body`; raises for anything but a sound state and nothing."""
    content = sealed(body)
    state = decode(content)
    if state is None:
        return
    for tensor in state.tensors.values():
        assert tensor.numel() * tensor.element_size() <= len(content)
        tensor.clone()
    written = b"".join(encode(state))
    again = decode(bytearray(written))
    assert again is not None
    assert b"".join(encode(again)) == written


def examples() -> list[bytes]:
    """The bodies of states with tensors of every type and layout."""
    record = EpochRecord(1, {"train/loss": 0.5}, "s" * 64, False, None, True)
    tensors = {"model/a": torch.arange(6.0).view(2, 3), "optimizer/b": torch.tensor(3), "method/c": torch.zeros(0, 4),
               "best/d": torch.ones(4, 2).t(), "model/e": torch.tensor([True, False]),
               "model/f": torch.ones(3, dtype=torch.bfloat16)}
    states = [State({}, (record,), "s" * 64), State(tensors, (record, record), "t" * 64),
              *(State({name: tensor}, (record,), "s" * 64) for name, tensor in tensors.items())]
    return [b"".join(encode(state))[len(MAGIC) + 32:] for state in states]


if __name__ == "__main__":
    fuzz(read, examples(), ['"history"', '"tensors"', '"best"', "float32", "int64", "bool", "uint8", "complex64",
                            "quint8", "[0]", "[-1]", "1e9", "[2, 3]"])
