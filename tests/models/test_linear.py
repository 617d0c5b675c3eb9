"""Our fully connected layer beside torch's."""

import pytest
import torch
from torch import nn

from sat_sweep.models._linear import LARGE, Linear

BATCH, IN, OUT = 5, 256, 300


def pair(inputs=IN, outputs=OUT, bias=True):
    """The same layer twice: ours, and torch's in float64."""
    ours, reference = Linear(inputs, outputs, bias=bias), nn.Linear(inputs, outputs, bias=bias).double()
    reference.load_state_dict(ours.state_dict())
    return ours, reference


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("weigh", [lambda y: y.sum(), lambda y: (y * torch.arange(y.numel()).view_as(y)).mean()])
def test_values_and_gradients_are_torchs(bias, weigh):
    assert IN * OUT >= LARGE
    ours, reference = pair(bias=bias)
    mine = torch.randn(BATCH, IN, requires_grad=True)
    theirs = mine.detach().double().requires_grad_()
    weigh(ours(mine)).backward()
    weigh(reference(theirs)).backward()
    torch.testing.assert_close(ours(mine).double(), reference(theirs), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(mine.grad.double(), theirs.grad, rtol=1e-4, atol=1e-3)
    for (name, parameter), other in zip(ours.named_parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(parameter.grad.double(), other.grad, rtol=1e-4, atol=1e-3, msg=name)


def test_gradients_of_gradients_are_torchs():
    found, inputs = [], torch.randn(BATCH, IN)
    for layer in pair():
        (slope,) = torch.autograd.grad(layer(inputs.to(layer.weight.dtype)).square().sum(), layer.weight,
                                       create_graph=True)
        found.append(torch.autograd.grad(slope.square().mean(), layer.weight)[0].double())
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("moving", [("input",), ("weight",), ("bias",), ("weight", "bias"),
                                    ("input", "weight", "bias")])
def test_derivatives_in_forward_mode_are_torchs(moving):
    layers, forward = pair(), torch.autograd.forward_ad
    given = {"input": torch.randn(BATCH, IN), **{name: value.detach() for name, value in layers[0].named_parameters()}}
    along = {name: torch.randn_like(given[name]) for name in moving}
    found = []
    for layer in layers:
        with forward.dual_level():
            kind = layer.weight.dtype
            duals = {name: forward.make_dual(value.to(kind), along[name].to(kind)) if name in moving else value.to(kind)
                     for name, value in given.items()}
            inputs = duals.pop("input")
            found.append(forward.unpack_dual(torch.func.functional_call(layer, duals, (inputs,))).tangent)
    torch.testing.assert_close(found[0].double(), found[1], rtol=1e-4, atol=1e-3)


def test_an_input_without_gradient_gets_none():
    ours, _ = pair()
    inputs = torch.randn(BATCH, IN)
    ours(inputs).sum().backward()
    assert inputs.grad is None
    assert ours.weight.grad.shape == (OUT, IN)


def test_twice_the_same_to_the_bit():
    ours, _ = pair()
    inputs = torch.randn(BATCH, IN)
    assert torch.equal(ours(inputs), ours(inputs))


@pytest.mark.parametrize(("layer", "inputs"), [
    (Linear(16, 16), torch.randn(BATCH, 16)),                           # small
    (Linear(IN, OUT).double(), torch.randn(BATCH, IN).double()),        # another type
    (Linear(IN, OUT), torch.randn(2, BATCH, IN)),                       # more dimensions
])
def test_elsewhere_it_is_torchs_layer(layer, inputs):
    assert torch.equal(layer(inputs), nn.functional.linear(inputs, layer.weight, layer.bias))


def test_under_autocast_it_is_torchs_layer():
    ours, _ = pair()
    inputs = torch.randn(BATCH, IN)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(ours(inputs), nn.functional.linear(inputs, ours.weight, ours.bias))
        assert ours(inputs).dtype == torch.bfloat16
