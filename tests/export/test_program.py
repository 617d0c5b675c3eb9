"""Whatever network there is becomes a list of operations that gives the same numbers."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn

from sat_sweep.errors import UserError
from sat_sweep.export.predictor import Network, in_channels_last
from sat_sweep.export.program import traced
from sat_sweep.models import build_model, models

SMALL = {"wrn28_10": {"width": 1}, "wrn34_10": {"width": 1}, "resnet18": {"width": 4}, "resnet34": {"width": 4},
         "timm": {"architecture": "test_vit"}}


def listed(module: nn.Module, shape: tuple[int, ...]) -> Network:
    program = traced(module, shape)
    return Network(json.loads(json.dumps(program.network, allow_nan=False)), in_channels_last(program.weights))


@pytest.mark.parametrize("name", sorted(models))
def test_every_network_gives_the_same_numbers_for_any_number_of_inputs(name):
    shape = (3, 16, 16)
    torch.manual_seed(0)
    module = build_model(models[name].model_validate({"name": name, **SMALL.get(name, {})}), shape, 4)
    network = listed(module, shape)
    for count in (1, 2, 7):
        inputs = torch.rand(count, *shape)
        with torch.inference_mode():
            assert torch.allclose(network(inputs), module.eval()(inputs), atol=1e-5), count


class Further(nn.Module):
    """What networks of plug-ins may have: attention, normalisations, arithmetic of sizes, constants, dead branches."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Conv2d(3, 8, 4, stride=4)
        self.attend = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm, self.group = nn.LayerNorm(8), nn.GroupNorm(2, 8)
        self.drop, self.head = nn.Dropout(0.5), nn.Linear(16, 4)
        self.unused = nn.Linear(2, 2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        batch = images.shape[0]
        maps = nn.functional.gelu(self.group(self.embed(images)))
        tokens = maps.flatten(2).transpose(1, 2) + torch.arange(16).view(1, 16, 1) / 16
        tokens = self.norm(tokens + self.attend(tokens, tokens, tokens, need_weights=False)[0])
        masked = tokens.masked_fill(tokens < -2, -float("inf")).amax(dim=1)
        both = torch.cat([tokens.mean(dim=1), masked.reshape(batch, -1)], dim=1)
        return self.head(self.drop(both)).clamp(max=float("inf"))


def test_the_networks_of_plug_ins_too():
    torch.manual_seed(0)
    module = Further()
    network = listed(module, (3, 16, 16))
    inputs = torch.rand(5, 3, 16, 16)
    with torch.inference_mode():
        assert torch.allclose(network(inputs), module(inputs), atol=1e-5)
    assert not any("unused" in key for key in traced(module, (3, 16, 16)).network["weights"].values())


class Erratic(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(4, 2)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.head(inputs) if float(inputs.sum()) > 0 else -self.head(inputs)


def test_a_network_that_cannot_be_followed_is_one_sentence():
    with pytest.raises(UserError, match=r"torch\.export cannot follow this network: [^\n]+$"):
        traced(Erratic(), (4,))


def test_intermediate_results_are_let_go():
    network = listed(nn.Sequential(*(nn.Linear(4, 4) for _ in range(5))), (4,))
    done = [name for step in network.steps for name in step.done]
    assert len(done) == len(set(done))
    made = {step.name for step in network.steps} - {network.output} | {network.input}
    assert set(done) == made
