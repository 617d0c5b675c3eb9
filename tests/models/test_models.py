from __future__ import annotations

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import nn

from sat_sweep.conformance.networks import CHECKS, NetworkToy
from sat_sweep.errors import UserError
from sat_sweep.models import AnyModel, build_model, models

SMALL = {"wrn28_10": {"width": 1}, "wrn34_10": {"width": 1}, "resnet18": {"width": 8}, "resnet34": {"width": 8},
         "timm": {"architecture": "test_resnet"}}
OURS = [name for name in models if name != "timm"]


def small(name: str):
    return TypeAdapter(AnyModel).validate_python({"name": name, **SMALL.get(name, {})})


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", list(models))
def test_rule(name, check):
    check(NetworkToy(name, SMALL.get(name, {"width": 16})))


@pytest.mark.parametrize("name", OURS)
class TestEveryModel:
    def test_last_layer_is_called_head(self, name):
        model = build_model(small(name), (3, 16, 16), 7)
        assert isinstance(model.head, nn.Linear)
        assert list(model.state_dict())[-2:] == ["head.weight", "head.bias"]

    def test_default_is_what_its_name_alone_gives(self, name):
        assert TypeAdapter(AnyModel).validate_python({"name": name}) == models[name]()

    def test_refuses_no_width(self, name):
        with pytest.raises(ValidationError, match="width"):
            models[name](width=0)


@pytest.mark.parametrize(("name", "parameters"), [
    ("resnet18", 11_173_962), ("resnet34", 21_282_122), ("wrn28_10", 36_479_194),
    ("wrn34_10", 46_160_474),
])
def test_size_is_the_published_one(name, parameters):
    with torch.device("meta"):
        model = build_model(models[name](), (3, 32, 32), 10)
    assert sum(parameter.numel() for parameter in model.parameters()) == parameters


def test_mlp_takes_features():
    assert build_model(models["mlp"](width=16, depth=3), (20,), 5)(torch.randn(2, 20)).shape == (2, 5)


@pytest.mark.parametrize("shape", [(20,), (3, 7, 32)])
@pytest.mark.parametrize("name", [name for name in OURS if name != "mlp"])
def test_convolutions_refuse_what_is_no_image(name, shape):
    with pytest.raises(UserError, match="needs images"):
        build_model(small(name), shape, 5)


def test_residual_convolutions_start_with_he_normal_weights():
    torch.manual_seed(0)
    weight = build_model(models["resnet18"](), (3, 32, 32), 10).stages[0][0].conv1.weight
    assert weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.02)  # fan out 64 × 3×3


def test_dropout_drops_in_training_alone():
    model = build_model(models["wrn28_10"](width=1, dropout=0.5), (3, 8, 8), 5)
    images = torch.randn(4, 3, 8, 8)
    assert not torch.equal(model(images), model(images))
    model.eval()
    assert torch.equal(model(images), model(images))
