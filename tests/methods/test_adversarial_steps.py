"""The steps of adversarial training, against a linear network whose best attack is known, and in a run."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sat_sweep.config import SpaceFile
from sat_sweep.config.data_checks import check_data
from sat_sweep.data import load
from sat_sweep.errors import UserError
from sat_sweep.methods import Batch, Setting, registry
from sat_sweep.methods.adversarial_steps import divergence
from sat_sweep.methods.trades import trades_loss
from sat_sweep.methods.trades_sat import trades_sat_loss
from sat_sweep.tasks.adversarial import Adversarial
from sat_sweep.training import epochs
from tests.methods.linear_tools import LinearTools
from tests.methods.runs import assert_same_numbers, begin, run_of, weights

METHODS = ["pgd_at", "fast_at", "trades", "trades_sat"]
EPSILON = 0.05
CONVNET = {"name": "convnet", "width": 4}


def method(name, **given):
    setting = Setting(10, 5, 8, 2, 0, Adversarial().selection)
    cls, late = registry[name], {"start_epoch": 1} if name == "trades_sat" else {}
    return cls(cls.Parameters.model_validate({"epsilon": EPSILON, **late, **given}), setting)


@pytest.fixture
def batch():
    """Eight images, some of whose pixels are black or white."""
    drawn = np.random.default_rng(0).uniform(-2.2, 2.2, (8, 1, 3, 3)).clip(-2, 2)
    return Batch(torch.arange(8), torch.tensor([0, 1] * 4), torch.from_numpy(drawn))


@pytest.fixture
def tools():
    return LinearTools(torch.from_numpy(np.random.default_rng(1).normal(size=(1, 3, 3))))


def moved(batch, direction):
    """The images as far in `direction` (8, 1, 3, 3) as they may go: 0.05 of the range of 4, and not beyond it."""
    return torch.from_numpy((batch.inputs.numpy() + 0.2 * direction).clip(-2, 2))


@pytest.mark.parametrize(("name", "given"), [
    ("pgd_at", {"steps": 10, "step_size": EPSILON / 4}), ("fast_at", {"step": 2.0})])
def test_it_trains_on_the_best_attack_on_a_linear_network(name, given, batch, tools):
    """Against label 1, whose logit is w.x, that is -epsilon sign(w); for 0 the other way. Two epsilon are enough."""
    update = method(name, **given).update(tools, batch, 1)
    against = np.where(batch.labels.numpy() == 1, -1, 1).reshape(8, 1, 1, 1) * np.sign(tools.weights.numpy())
    images, = tools.trained_on
    torch.testing.assert_close(images, moved(batch, against), rtol=0, atol=1e-9)
    margin = (images.numpy() * tools.weights.numpy()).sum(axis=(1, 2, 3)) * np.where(batch.labels.numpy() == 1, 1, -1)
    assert update.loss.item() == tools.loss.item() == pytest.approx(np.log1p(np.exp(-2 * margin)).mean(), rel=1e-12)


def test_a_single_step_of_the_paper_does_not_always_get_there(batch, tools):
    """1.25 epsilon from the far side end short of it, and never beyond."""
    method("fast_at").update(tools, batch, 1)
    images, = tools.trained_on
    reached = (images - batch.inputs).abs() / 0.2
    assert reached.max() <= 1 + 1e-9
    assert (reached > 1 - 1e-9).float().mean() > 0.4
    assert ((reached < 0.99) & (images.abs() < 2)).any()


@pytest.mark.parametrize("name", ["trades", "trades_sat"])
def test_trades_trains_on_what_moves_a_linear_networks_prediction_most(name, batch, tools):
    """KL grows with the distance of the margins, either way; each image goes the way that its start happened to go."""
    method(name, steps=10, step_size=EPSILON / 4).update(tools, batch, 1)
    natural, images = tools.trained_on
    assert natural is batch.inputs or torch.equal(natural, batch.inputs)
    start = next(inputs for evaluating, inputs in tools.passes[1:] if evaluating)
    assert 0.5 * 0.004 < (start - batch.inputs).std() < 2 * 0.004, "0.001 of the range of 4"
    way = np.sign(((start - batch.inputs) * tools.weights).numpy().sum(axis=(1, 2, 3))).reshape(8, 1, 1, 1)
    torch.testing.assert_close(images, moved(batch, way * np.sign(tools.weights.numpy())), rtol=0, atol=1e-9)


def softmax(z):
    exps = np.exp(z - z.max(axis=1, keepdims=True))
    return exps / exps.sum(axis=1, keepdims=True)


def expected(natural, adversarial, targets, beta):
    """Both losses in NumPy: that of TRADES+SAT, which is that of TRADES for one-hot targets."""
    p, q = softmax(natural), softmax(adversarial)
    weights = targets.max(axis=1)
    soft = -(targets * np.log(p)).sum(axis=1)
    return (weights * soft).sum() / weights.sum() + beta * (p * np.log(p / q)).sum(axis=1).mean()


def slopes(function, at):
    """The gradient by central differences, (B, C)."""
    found = np.zeros_like(at)
    for place in np.ndindex(*at.shape):
        step = np.zeros_like(at)
        step[place] = 1e-5
        found[place] = (function(at + step) - function(at - step)) / 2e-5
    return found


NATURAL, OTHER = np.random.default_rng(2).normal(scale=2, size=(2, 5, 3))
LABELS = np.array([0, 2, 1, 1, 0])


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("beta", [0.0, 1.0, 6.0])
def test_losses_and_gradients_are_those_of_numpy(soft, beta):
    """Gradients go through both predictions, and none through targets and weights."""
    targets = np.random.default_rng(3).dirichlet([1, 1, 1], size=5) if soft else np.eye(3)[LABELS]
    natural, adversarial = (torch.from_numpy(logits.copy()).requires_grad_() for logits in (NATURAL, OTHER))
    if soft:
        loss = trades_sat_loss(natural, torch.from_numpy(targets), adversarial, beta)
    else:
        loss = trades_loss(natural, torch.from_numpy(LABELS), adversarial, beta)
    loss.backward()
    assert loss.item() == pytest.approx(expected(NATURAL, OTHER, targets, beta), rel=1e-12)
    for tensor, slope in ((natural, slopes(lambda z: expected(z, OTHER, targets, beta), NATURAL)),
                          (adversarial, slopes(lambda z: expected(NATURAL, z, targets, beta), OTHER))):
        torch.testing.assert_close(tensor.grad, torch.from_numpy(slope), rtol=1e-6, atol=1e-8)


def test_divergence_is_zero_for_the_same_prediction_and_does_not_underflow():
    logits = torch.tensor([[200.0, 0, -200]])
    assert divergence(logits, logits + 7).item() == pytest.approx(0, abs=1e-6)
    assert divergence(logits, -logits).item() == pytest.approx(400)


@pytest.mark.parametrize("model", [{"name": "mlp", "width": 32}, CONVNET])
@pytest.mark.parametrize("without", ["pgd_at.epsilon", "fast_at.epsilon", "trades.beta", "trades.epsilon"])
def test_without_an_attack_it_is_cross_entropy_to_the_bit(trial, without, model):
    assert_same_numbers(trial(without.split(".")[0], model=model, epochs=3, **{without: 0.0}),
                        trial("ce", model=model, epochs=3))


def test_trades_sat_without_trades_is_sat_to_the_bit(trial):
    own, sat = ({f"{name}.momentum": 0.7, f"{name}.start_epoch": 2} for name in ("trades_sat", "sat"))
    assert_same_numbers(trial("trades_sat", model=CONVNET, **own, **{"trades_sat.beta": 0.0}),
                        trial("sat", model=CONVNET, **sat))


def test_a_tiny_attack_changes_little(trial):
    """The limit is cross-entropy: losses of two epochs agree to four digits at a millionth of the range."""
    plain, attacked = ([record.metrics["train/loss"] for record in epochs(trial(name, epochs=2, **given))]
                       for name, given in (("ce", {}), ("pgd_at", {"pgd_at.epsilon": 1e-6})))
    assert attacked == pytest.approx(plain, rel=1e-4)
    assert attacked != plain


def one_step(spec):
    run = run_of(spec)
    begin(run, 1)
    batch = next(run._batches(1))
    return run, batch


@pytest.mark.parametrize("name", METHODS)
def test_a_step_moves_no_global_stream_and_leaves_the_network_in_training_mode(trial, name):
    run, batch = one_step(trial(name, model=CONVNET))
    run.learning()
    before = torch.get_rng_state()
    run.method.update(run, batch, 1)
    assert torch.equal(torch.get_rng_state(), before)
    assert run.network().module.training
    assert all(layer.training for layer in run.network().module.modules())


@pytest.mark.parametrize(("name", "passes"), [("pgd_at", 1), ("fast_at", 1), ("trades", 2), ("trades_sat", 2)])
def test_running_averages_are_of_what_is_trained_on_alone(trial, name, passes):
    """Of one pass, or for TRADES of two; none of the attack's."""
    run, batch = one_step(trial(name, model=CONVNET))
    run.learning()
    run.method.update(run, batch, 1)
    counts = {int(value) for key, value in run.network().module.state_dict().items() if "num_batches_tracked" in key}
    assert counts == {passes}


def test_evaluation_mode_ends_as_it_began(trial):
    run, batch = one_step(trial("ce", model=CONVNET))
    module = run.network().module
    run.learning()
    first = next(layer for layer in module.modules() if isinstance(layer, torch.nn.BatchNorm2d))
    first.eval()
    modes, buffers = [layer.training for layer in module.modules()], [each.clone() for each in module.buffers()]
    with run.in_evaluation_mode(run.network()):
        assert not any(layer.training for layer in module.modules())
        run.forward(run.network(), batch.inputs)
    with pytest.raises(ZeroDivisionError), run.in_evaluation_mode(run.network()):
        raise ZeroDivisionError
    assert [layer.training for layer in module.modules()] == modes
    assert all(torch.equal(one, other) for one, other in zip(module.buffers(), buffers, strict=True))


def test_targets_move_to_the_natural_prediction_of_the_training_pass(trial):
    """As in SAT; what is told is that pass, and the weights are of its term alone."""
    given = {"trades_sat.start_epoch": 0, "trades_sat.momentum": 0.6}
    run, batch = one_step(trial("trades_sat", model=CONVNET, **given))
    run.learning()
    before = weights(run)
    update = run.method.update(run, batch, 1)
    given = torch.nn.functional.one_hot(batch.labels, 10).float()
    expected_targets = 0.6 * given + 0.4 * update.logits.softmax(dim=1)
    torch.testing.assert_close(run.method.algorithm.soft_targets()[batch.index], expected_targets)
    assert any(not torch.equal(value, weights(run)[name]) for name, value in before.items())
    again, batch = one_step(trial("ce", model=CONVNET))
    again.learning()
    torch.testing.assert_close(again.forward(again.network(), batch.inputs), update.logits)


@pytest.mark.parametrize("name", METHODS)
def test_features_are_refused(trial, name, tools):
    """When a file is planned, and in a trial."""
    space = SpaceFile.model_validate({"name": "none", "dataset": {"name": "digits"}, "methods": ["ce", name],
                                      "noise": {"kind": "symmetric", "rates": [0.2]}, "model": {"name": "mlp"}})
    digits = load(space.dataset)
    assert check_data(space, digits) == []
    flat = replace(digits, images=digits.images.flatten(1), test_images=digits.test_images.flatten(1))
    problem, = check_data(space, flat)
    assert problem.path == "methods.1"
    assert "is for images" in problem.message
    with pytest.raises(UserError, match="is for images"):
        method(name).update(tools, Batch(torch.arange(2), torch.tensor([0, 1]), torch.zeros(2, 9)), 1)


def test_training_under_attack_holds_out_longer(trial):
    """At the same length: what is trained on attacked digits is more robust than what is not."""
    task = Adversarial(epsilon=0.2, steps=5)
    base = {"task": task, "epochs": 12, "rate": 0.0, "dataset": {"name": "digits", "subset": 1000}}
    plain = list(epochs(trial("ce", **base)))[-1].metrics["test/robust_accuracy"]
    for name in METHODS:
        steps = {} if name == "fast_at" else {f"{name}.step_size": 0.05, f"{name}.steps": 5}
        given = {f"{name}.epsilon": 0.2, **steps}
        robust = list(epochs(trial(name, **base, **given)))[-1].metrics["test/robust_accuracy"]
        assert robust > plain + 0.1, name
