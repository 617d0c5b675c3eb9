from __future__ import annotations

import pytest
import torch

from sat_sweep.data import normalise
from sat_sweep.data.statistics import moments


@pytest.mark.parametrize("inputs", [
    torch.randint(256, (3000, 3, 8, 8)).to(torch.uint8),
    torch.rand(3000, 3, 8, 8),
    torch.randn(3000, 5) * 7 + 100,
])
def test_normalised_inputs_have_mean_zero_and_deviation_one(inputs):
    normal = normalise(inputs, *moments(inputs), "cpu")
    reduced = [dim for dim in range(inputs.dim()) if dim != 1]
    assert normal.dtype == torch.float32
    assert normal.mean(dim=reduced).tolist() == pytest.approx([0] * inputs.shape[1], abs=1e-4)
    assert normal.std(dim=reduced).tolist() == pytest.approx([1] * inputs.shape[1], abs=1e-3)


def test_statistics_of_bytes_count_pixels_from_zero_to_one():
    black_and_white = torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1).expand(2, 1, 8, 8)
    mean, std = moments(black_and_white)
    assert (mean.item(), std.item()) == (0.5, 0.5)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6])
def test_something_constant_becomes_zero_and_not_infinite(value):
    constant = torch.full((1500, 2), value)
    normal = normalise(constant, *moments(constant), "cpu")
    assert torch.allclose(normal, torch.zeros(1500, 2))
    assert moments(constant)[1].tolist() == [1, 1]


def test_a_constant_channel_of_bytes_has_deviation_one():
    assert moments(torch.full((9, 1, 8, 8), 200, dtype=torch.uint8))[1].item() == 1
