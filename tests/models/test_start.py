"""Weights from a file, layers that stay, networks of timm."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from sat_sweep.config import load_space
from sat_sweep.errors import DataUnavailable, SpaceFileError, UserError
from sat_sweep.models import build_model, chosen_by, models
from sat_sweep.training import epochs
from sat_sweep.training.loop import Trial, final_run
from tests.conftest import numbers

MLP = {"name": "mlp", "width": 32}


def built(name="mlp", shape=(1, 8, 8), classes=10, **options):
    return build_model(models[name].model_validate({"name": name, **options}), shape, classes)


@pytest.fixture
def write(tmp_path):
    """Write a space file."""
    def to_file(text):
        (tmp_path / "space.yaml").write_text(text)
        return tmp_path / "space.yaml"

    return to_file


@pytest.fixture
def weights(tmp_path):
    """The tensors of a perceptron for seven classes, as a file."""
    torch.manual_seed(5)
    module = built(width=32, classes=7)
    save_file(module.state_dict(), tmp_path / "seven.safetensors")
    return tmp_path / "seven.safetensors", module.state_dict()


def test_it_starts_from_the_file_but_for_another_head(weights):
    found = built(width=32, weights=str(weights[0])).state_dict()
    for name, tensor in found.items():
        if not name.startswith("head."):
            assert torch.equal(tensor, weights[1][name])
    same = built(width=32, classes=7, weights=str(weights[0])).state_dict()
    assert all(torch.equal(same[name], tensor) for name, tensor in weights[1].items())


def test_weights_of_another_network_are_refused(weights, tmp_path):
    with pytest.raises(UserError, match=r"has no 'hidden1\.weight' of shape \(64, 64\), and lacks 4 of"):
        built(width=64, weights=str(weights[0]))
    (tmp_path / "text.safetensors").write_text("no tensors")
    for place in ("text", "absent"):
        with pytest.raises(DataUnavailable, match=rf"{place}\.safetensors cannot be read"):
            built(weights=str(tmp_path / f"{place}.safetensors"))


def test_layers_are_chosen_by_the_longest_beginning():
    module = built(width=4, depth=2)
    assert chosen_by(["trunk", "hidden2", "hidden2.bias"], module) == {
        "hidden1.weight": "trunk", "hidden1.bias": "trunk", "hidden2.weight": "hidden2",
        "hidden2.bias": "hidden2.bias"}
    with pytest.raises(UserError, match="no layer begins with 'hiden1'; did you mean 'hidden1'\\?"):
        chosen_by(["hiden1"], module)
    with pytest.raises(UserError, match="nothing to learn"):
        built(frozen=["trunk", "head"])


@pytest.mark.parametrize("method", ["ce", "sat+reset", "ce+shrink_perturb", "co_teaching", "ce+weight_ema", "mixup",
                                    "ce+layerwise_reinit", "l2rw", "meta_weight_net", "ce+dp_sgd"])
def test_frozen_layers_stay_and_the_head_learns(trial, method):
    needs = {"trusted": 30} if method in ("l2rw", "meta_weight_net") else {}
    settings = {"reset": {"reset.rate": 0.2, "reset.patience": 1}, "shrink_perturb": {"shrink_perturb.every": 2}}
    parameters = settings.get(method.partition("+")[2], {})
    spec = trial(method, epochs=4, model={**MLP, "frozen": ["trunk"]},
                 dataset={"name": "digits", "subset": 200, **needs}, **parameters)
    run = final_run(Trial(spec))
    for name, network in run.networks.items():
        before = run.initial(run.method.follows(name) or name)
        moved = {key.partition(".")[0] for key, value in network.module.state_dict().items()
                 if not torch.allclose(value, before[key], atol=1e-6)}  # an average of what stays rounds
        assert moved == {"head"}, name


def test_statistics_of_frozen_layers_stay(trial):
    spec = trial("ce", epochs=2, model={"name": "convnet", "width": 4, "frozen": ["trunk"]})
    run = final_run(Trial(spec))
    before = run.initial()
    assert {key.partition(".")[0] for key, value in run.network().module.state_dict().items()
            if not torch.equal(value, before[key])} == {"head"}


def test_a_factor_of_one_changes_nothing_and_another_does(trial):
    def trained(factors):
        optimizer = {"name": "sgd", "lr": 0.05, **({"lr_factors": factors} if factors else {})}
        return numbers(epochs(trial("sat", epochs=4, training={"optimizer": optimizer}, **{"sat.start_epoch": 2})))

    plain = trained({})
    assert trained({"trunk": 1.0}) == plain
    assert trained({"trunk": 0.1}) != plain


def test_a_layer_moves_by_its_factor(trial):
    """Of one step of plain descent, by hand."""
    def moved(**factors):
        optimizer = {"name": "sgd", "lr": 0.01, "momentum": 0.0, "weight_decay": 0.0, "lr_factors": factors}
        spec = trial("ce", epochs=1, model=MLP, dataset={"name": "digits", "subset": 60},
                     training={"batch_size": 48, "optimizer": optimizer, "schedule": {"name": "constant"}})
        run = final_run(Trial(spec))
        before = run.initial()
        return {key: value - before[key] for key, value in run.network().module.state_dict().items()}

    plain, slower = moved(), moved(trunk=0.5, hidden2=0.25)
    for name, factor in (("hidden1.weight", 0.5), ("hidden2.bias", 0.25), ("head.weight", 1.0)):
        torch.testing.assert_close(slower[name], factor * plain[name], rtol=1e-3, atol=1e-7)


def test_other_content_of_the_file_is_another_run(trial, weights):
    spec = trial("ce", epochs=1, model={**MLP, "weights": str(weights[0])})
    root = Trial(spec).chain.root
    moved = weights[0].with_name("moved.safetensors")
    moved.write_bytes(weights[0].read_bytes())
    assert Trial(spec.model_copy(update={"model": spec.model.model_copy(update={"weights": moved})})).chain.root == root
    save_file({name: tensor + 1 for name, tensor in weights[1].items()}, weights[0])
    assert Trial(spec).chain.root != root


SPACE = """\
name: fine
dataset: {name: digits, subset: 200}
noise: {kind: symmetric, rates: [0.2]}
methods: [ce]
model: %s
training: {epochs: 2, optimizer: {name: adam, lr: 0.001, lr_factors: {trunk: 0.1}}}
"""


def test_a_path_is_relative_to_the_file(write, weights, tmp_path):
    space = load_space(write(SPACE % "{name: mlp, width: 32, weights: seven.safetensors, frozen: [hidden1]}"))
    assert space.model.weights == tmp_path / "seven.safetensors"
    assert space.model.frozen == ("hidden1",)


@pytest.mark.parametrize("written", ["{name: timm:test_resnet}", "{name: timm, architecture: test_resnet}"])
def test_a_network_of_timm_by_its_name(write, written):
    pytest.importorskip("timm")
    space = load_space(write(SPACE % written))
    assert (space.model.name, space.model.architecture) == ("timm", "test_resnet")
    assert build_model(space.model, (3, 32, 32), 7)(torch.randn(2, 3, 32, 32)).shape == (2, 7)


@pytest.mark.parametrize("architecture", ["test_vit", "test_efficientnet"])
def test_timms_networks_take_the_datas_size_and_channels(architecture):
    pytest.importorskip("timm")
    module = built("timm", (1, 32, 32), architecture=architecture)
    assert module(torch.randn(2, 1, 32, 32)).shape == (2, 10)
    assert set(chosen_by(["trunk"], module)) < {name for name, _ in module.named_parameters()}


def test_what_timm_has_not_is_said():
    pytest.importorskip("timm")
    with pytest.raises(UserError, match=r"timm has no network 'resnet19'; it has .*resnet"):
        built("timm", (3, 32, 32), architecture="resnet19")
    with pytest.raises(UserError, match="timm's test_vit for inputs"):
        built("timm", (3, 32, 32), architecture="test_vit", options={"no_such": 1})


def test_without_timm_it_is_said_what_to_install(write, monkeypatch):
    monkeypatch.setattr("sat_sweep.models.timm.find_spec", lambda name: None)
    with pytest.raises(SpaceFileError, match=r"install sat-sweep\[networks\]"):
        load_space(write(SPACE % "{name: timm:resnet18}"))
