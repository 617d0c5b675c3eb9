"""A fully connected layer that is fast on every processor.

For float32 products on a CPU torch asks MKL, which takes a slower path on processors that are not Intel's. oneDNN,
which torch has for convolutions, does not: on a Zen 5 core it multiplies twice as fast (benchmarks/README.md).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

LARGE = 2**16
"""Weights below which calling oneDNN costs more than it spares."""


class Linear(nn.Linear):
    """`torch.nn.Linear`, equal to it but for rounding."""

    def forward(self, input: Tensor) -> Tensor:
        """`input` (B, in) to (B, out)."""
        if self.weight.numel() >= LARGE and _onednn_takes(input):
            output: Tensor = _Affine.apply(input, self.weight, self.bias)  # type: ignore[no-untyped-call]
            return output
        return super().forward(input)


def _onednn_takes(input: Tensor) -> bool:
    return (input.device.type == "cpu" and input.dtype == torch.float32 and input.dim() == 2
            and not torch.is_autocast_enabled("cpu") and _has_onednn()
            and not torch.compiler.is_exporting()  # a program goes to other machines
            and not torch._C._functorch.is_functorch_wrapped_tensor(input))  # torch.func.vmap cannot batch it


@cache
def _has_onednn() -> bool:
    return torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")


class _Affine(torch.autograd.Function):
    """x W^T + b with its gradients, all three products by oneDNN."""

    @staticmethod
    def forward(ctx: Any, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(input, weight)
        ctx.save_for_forward(input, weight)
        ctx.biased = bias is not None
        return _product(input, weight, bias)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        input, weight = ctx.saved_tensors
        if torch.is_grad_enabled():  # a gradient of gradients is asked for, which oneDNN's products do not have
            return gradient @ weight, gradient.t() @ input, gradient.sum(dim=0) if ctx.biased else None
        of_input = _product(gradient, weight.t()) if ctx.needs_input_grad[0] else None
        of_bias = gradient.sum(dim=0) if ctx.biased else None
        return of_input, _product(gradient.t(), input.t()), of_bias

    @staticmethod
    def jvp(ctx: Any, of_input: Tensor | None, of_weight: Tensor | None, of_bias: Tensor | None) -> Tensor:
        """How the output changes where its inputs change so; None is not at all."""
        input, weight = ctx.saved_tensors
        change = input.new_zeros(()) if of_bias is None else of_bias
        if of_weight is not None:
            change = change + _product(input, of_weight)
        if of_input is not None:
            change = change + _product(of_input, weight)
        return change.expand(len(input), len(weight))


def _product(left: Tensor, right: Tensor, bias: Tensor | None = None) -> Tensor:
    """left (n, k) times the transpose of right (m, k), plus bias (m)."""
    product: Tensor = torch.ops.mkldnn._linear_pointwise(left, right, bias, "none", [], "")
    return product
