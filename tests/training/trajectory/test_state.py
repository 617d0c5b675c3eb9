"""A state comes back from its file as it was, or not at all."""

import hashlib
import pickle

import pytest
import torch

from sat_sweep.training.record import EpochRecord
from sat_sweep.training.trajectory.state import MAGIC, State, decode, encode

SOME = {
    "float": torch.arange(3.0),
    "number": torch.tensor(7),
    "nothing": torch.empty(0, 4),
    "truth": torch.tensor([True, False, True]),
    "half": torch.arange(5, dtype=torch.bfloat16),
    "not a number": torch.tensor([float("nan"), float("-inf"), -0.0]),
    "channels last": torch.randn(4, 3, 5, 5).to(memory_format=torch.channels_last),
    "transposed": torch.randn(3, 5).t(),
    "a part": torch.randn(6, 6)[1:4, ::2],
    "expanded": torch.tensor([[1.0]]).expand(2, 3),
    "a parameter": torch.nn.Parameter(torch.ones(2)),
}


def state(**tensors):
    record = EpochRecord(1, {"train/loss": 0.1234567890123}, "abc", False)
    return State(tensors or SOME, (record,), "abc")


def written(some):
    return bytearray().join(encode(some))


def test_it_comes_back_as_it_was():
    back = decode(written(state()))
    assert (back.history, back.best) == (state().history, "abc")
    assert list(back.tensors) == list(SOME)
    for name, value in back.tensors.items():
        assert value.dtype == SOME[name].dtype
        assert torch.equal(value.nan_to_num(5), SOME[name].nan_to_num(5)), name
        assert torch.equal(torch.signbit(value), torch.signbit(SOME[name])), name


def test_it_lies_in_memory_as_it_did():
    """Convolutions choose their algorithm by layout, and with it the last bit of what they compute."""
    back = decode(written(state())).tensors
    assert back["channels last"].is_contiguous(memory_format=torch.channels_last)
    assert back["transposed"].stride() == SOME["transposed"].stride()
    assert all(tensor.data_ptr() % 16 == 0 for tensor in back.values())


def test_its_tensors_are_ones_own():
    back = decode(written(state())).tensors
    back["float"].zero_()
    assert torch.equal(back["channels last"], SOME["channels last"])
    assert torch.equal(SOME["float"], torch.arange(3.0))


def test_writing_copies_no_tensor():
    tensor = torch.zeros(1000)
    pieces = encode(state(weight=tensor))
    tensor[0] = 1
    assert any(bytes(piece[:4]) == torch.tensor(1.0).numpy().tobytes() for piece in pieces if len(piece) == 4000)


@pytest.mark.parametrize("damage", [
    lambda content: b"",
    lambda content: content[:-1],
    lambda content: content[: len(MAGIC) + 10],
    lambda content: content[:200] + bytes([content[200] ^ 1]) + content[201:],
    lambda content: content[:-200] + bytes([content[-200] ^ 1]) + content[-199:],
    lambda content: b"something else" + content,
    lambda content: content.replace(MAGIC, b"sat-sweep state 9\n"),
])
def test_whatever_is_damaged_or_foreign_is_no_state(damage):
    assert decode(bytearray(damage(bytes(written(state()))))) is None


@pytest.mark.parametrize("body", [
    b"", b"{}", b'{"history": [], "tensors": []}', pickle.dumps({"history": [], "tensors": {}}),
    b'{"history": [1], "tensors": []}',
    b'{"history": [], "tensors": [["weight", "float32", [1000000], [1]]]}',
    b'{"history": [], "tensors": [["weight", "float32", [1], [1], 5]]}',
    b'{"history": [], "tensors": [["weight", "load", [1], [1]]]}',
])
def test_nor_is_what_has_the_right_checksum_and_another_content(body):
    content = len(body).to_bytes(8, "little") + body + bytes(64)
    assert decode(bytearray(MAGIC + hashlib.sha256(content).digest() + content)) is None


@pytest.mark.parametrize("layout", [b"[0,-4], [4, 1]", b"[-4,0], [4, 1]"])
def test_no_dimension_is_negative(layout):
    """Found by tests.inputs.fuzz_state_file: torch makes such a tensor of no elements, and fails once it is copied."""
    content = written(state(weight=torch.empty(0, 4)))
    body = content[len(MAGIC) + 32:].replace(b"[0, 4], [4, 1]", layout)
    assert body != content[len(MAGIC) + 32:]
    assert decode(bytearray(MAGIC + hashlib.sha256(body).digest() + body)) is None


def test_strides_cannot_reach_beyond_the_file():
    some = state(weight=torch.zeros(4))
    content = written(some)
    head = content.replace(b'[4], [1]', b'[4], [9]')
    body = head[len(MAGIC) + 32:]
    assert head != content
    assert decode(bytearray(MAGIC + hashlib.sha256(body).digest() + body)) is None
