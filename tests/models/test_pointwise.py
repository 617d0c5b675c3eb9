"""A 1×1 convolution that skips pixels, beside torch's own; and that it writes nowhere else."""

import os
import subprocess
import sys
from ctypes.util import find_library

import pytest
import torch

from sat_sweep.models._pointwise import PointwiseConv2d

CHECKED = """
import torch
from sat_sweep.models import build_model, models
torch.set_num_threads(1)
for width in (1, 2, 6):
    network = build_model(models["resnet18"](width=width), (3, 8, 8), 3).to(memory_format=torch.channels_last)
    for _ in range(3):
        torch.autograd.grad(network(torch.rand(32, 3, 8, 8)).square().sum(), list(network.parameters()))
"""


@pytest.mark.parametrize("inputs", [1, 2, 7, 8, 20])
@pytest.mark.parametrize(("stride", "size"), [(1, 8), (2, 8), (2, 7), (3, 8)])
def test_values_and_gradients_are_torchs(inputs, stride, size):
    ours, images = PointwiseConv2d(inputs, 5, stride).double(), torch.rand(4, inputs, size, size).double()
    theirs = torch.nn.Conv2d(inputs, 5, 1, stride, bias=False).double()
    theirs.load_state_dict(ours.state_dict())
    found = []
    for layer in (ours, theirs):
        given = images.clone().requires_grad_()
        values = layer(given)
        found.append([values, *torch.autograd.grad(values.square().sum(), [given, layer.weight])])
    torch.testing.assert_close(*found)


@pytest.mark.skipif(find_library("c_malloc_debug") is None, reason="checks every block of memory by glibc's own means")
def test_narrow_networks_write_nowhere_else():
    """glibc ends a process that has written beyond a block once that is freed."""
    checked = {**os.environ, "MALLOC_CHECK_": "3", "LD_PRELOAD": str(find_library("c_malloc_debug"))}
    ended = subprocess.run([sys.executable, "-c", CHECKED], env=checked, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
