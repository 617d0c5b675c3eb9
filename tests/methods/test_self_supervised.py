"""SimCLR, BYOL and self-adaptive training without labels, by hand; and that none of them sees a label."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from sat_sweep.errors import UserError
from sat_sweep.methods.byol import rising_decay
from sat_sweep.methods.sat_ssl import moved
from sat_sweep.methods.self_supervised import MOMENTUM_ENCODER, alignment_loss
from sat_sweep.methods.simclr import contrastive_loss
from sat_sweep.models import build_model, models
from sat_sweep.training.loop import Trial, records
from sat_sweep.training.run import TrainingRun
from tests.methods.runs import begin, run_of, weights

METHODS = ("simclr", "byol", "sat_ssl")
PLAIN = {"optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0}, "batch_size": 64}


def small(method: str, **rest) -> dict:
    return {f"{method}.views": "resized_crop", f"{method}.projection": 6, f"{method}.hidden": 8,
            **{f"{method}.{name}": value for name, value in rest.items()}}


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_contrastive_loss_by_hand():
    """Each of two views of three images against the five others."""
    projections = np.random.default_rng(0).normal(size=(6, 4))
    z, tau, losses = unit(projections), 0.5, []
    for i in range(6):
        scores = {k: math.exp(z[i] @ z[k] / tau) for k in range(6) if k != i}
        losses.append(-math.log(scores[(i + 3) % 6] / sum(scores.values())))
    assert contrastive_loss(torch.tensor(projections), tau).item() == pytest.approx(np.mean(losses), rel=1e-12)


def test_contrastive_loss_of_views_that_agree_and_of_nothing_else():
    """Two images at right angles: -log e^2 / (e^2 + 2) at temperature 1/2; all alike: log of the others' number."""
    apart = torch.tensor([[1.0, 0], [0, 3.0], [2.0, 0], [0, 1.0]], dtype=torch.float64)
    assert contrastive_loss(apart, 0.5).item() == pytest.approx(math.log(1 + 2 * math.exp(-2)))
    assert contrastive_loss(torch.ones(6, 2), 0.5).item() == pytest.approx(math.log(5))


def test_alignment():
    """Cosines 1, 0 and -1; the target gets no gradient."""
    prediction = torch.tensor([[2.0, 0], [0, 5.0], [1.0, 1]], requires_grad=True)
    target = torch.tensor([[1.0, 0], [3.0, 0], [-2.0, -2]], requires_grad=True)
    alignment_loss(prediction, target).backward()
    assert alignment_loss(prediction, target).item() == pytest.approx((0 + 2 + 4) / 3)
    assert target.grad is None
    np.testing.assert_allclose(prediction.grad[1], [-2 / 5 / 3, 0], rtol=1e-6)


def test_targets_move_and_start_where_they_are_met_first():
    targets = torch.tensor([[0.6, 0.8], [0.0, 0.0]])
    found = moved(targets, torch.tensor([[3.0, 0], [0, 4.0]]), 0.75)
    torch.testing.assert_close(found, torch.tensor([[0.75 * 0.6 + 0.25, 0.6], [0, 1.0]]))


def test_the_decay_rises_to_one():
    assert [rising_decay(step, 100, 0.9) for step in (0, 50, 100)] == pytest.approx([0.9, 0.95, 1.0])


@pytest.mark.parametrize("method", METHODS)
def test_features_see_no_label(method, trial):
    """With all labels replaced everything but the classifier stays, bit for bit."""
    spec = trial(method, epochs=2, model={"name": "convnet", "width": 2}, **small(method))
    honest = Trial(spec).data
    other = replace(honest, train=replace(honest.train, labels=(honest.train.labels + 3) % 10))
    one, two = (TrainingRun(spec, data, Trial(spec).method) for data in (honest, other))
    for epoch in (1, 2):
        losses = [run.train_epoch(epoch)[0]["train/loss"] for run in (one, two)]
        assert losses[0] == losses[1], "what is told is the loss without the classifier's"
    for (name, value), other_value in zip(one.network().module.state_dict().items(),
                                          two.network().module.state_dict().values(), strict=True):
        assert torch.equal(value, other_value) == (not name.startswith("head.classifier.1.")), name


def test_a_step_of_byol_by_hand(trial):
    """Both directions, the target in the mode it trains in; afterwards it has moved by the decay of its first step."""
    spec = trial("byol", training=PLAIN, **small("byol", decay=0.5))
    run, copy = run_of(spec), run_of(spec)
    begin(run, 1)
    begin(copy, 1)
    batch, update = next(run.steps(1))
    views = torch.cat([copy.views(batch, "resized_crop") for _ in range(2)])
    module, target = copy.network().module, copy.network(MOMENTUM_ENCODER).module
    logits, _, prediction = module(views).split([10, 6, 6], dim=1)
    one, other = target(views)[:, 10:16].detach().chunk(2)
    expected = torch.cat([other, one])
    cosine = torch.nn.functional.cosine_similarity(prediction, expected)
    loss = (4 - 4 * cosine).mean()
    cross = torch.nn.functional.cross_entropy(logits, batch.labels.repeat(2))
    slopes = torch.autograd.grad(loss + cross, list(module.parameters()))
    stepped = [before - 0.1 * slope for before, slope in zip(weights(copy).values(), slopes, strict=True)]
    torch.testing.assert_close(list(weights(run).values()), stepped)
    assert update.loss.item() == pytest.approx(loss.item(), rel=1e-5)
    tau = rising_decay(1, spec.training.epochs * run.method.algorithm.setting.steps_per_epoch, 0.5)
    averaged = [tau * before + (1 - tau) * after for before, after in zip(target.parameters(), stepped, strict=True)]
    torch.testing.assert_close(list(run.network(MOMENTUM_ENCODER).module.parameters()), averaged)


def test_a_step_of_sat_ssl_by_hand(trial):
    """In the second epoch: targets mixed of two views by the average, one view for all, and its cosine."""
    spec = trial("sat_ssl", training=PLAIN, **small("sat_ssl", momentum=0.6))
    run, copy = run_of(spec), run_of(spec)
    for each in (run, copy):
        each.train_epoch(1)
        begin(each, 2)
    before = copy.method.algorithm.memory["targets"].clone()
    batch, update = next(run.steps(2))
    view = copy.views(batch, "resized_crop")
    module, average = copy.network().module, copy.network(MOMENTUM_ENCODER).module
    for each in (module, average):
        each.train()
    projected = torch.nn.functional.normalize(average(view)[:, 10:16].detach(), dim=1)
    targets = 0.6 * before[batch.index] + 0.4 * projected
    torch.testing.assert_close(run.method.algorithm.memory["targets"][batch.index], targets)
    logits, _, prediction = module(view).split([10, 6, 6], dim=1)
    loss = (2 - 2 * torch.nn.functional.cosine_similarity(prediction, targets)).mean()
    slopes = torch.autograd.grad(loss + torch.nn.functional.cross_entropy(logits, batch.labels),
                                 list(module.parameters()))
    rate = copy.settings.learning_rate
    stepped = [start - rate * slope for start, slope in zip(weights(copy).values(), slopes, strict=True)]
    torch.testing.assert_close(list(weights(run).values()), stepped)
    assert update.loss.item() == pytest.approx(loss.item(), rel=1e-5)


def test_every_image_has_a_target_of_unit_length_after_the_first_epoch(trial):
    run = run_of(trial("sat_ssl", training={"batch_size": 300}, **small("sat_ssl")))
    run.train_epoch(1)
    lengths = run.method.algorithm.memory["targets"].norm(dim=1)
    torch.testing.assert_close(lengths, torch.ones(len(run.labels)))


@pytest.mark.parametrize("name", ["mlp", "convnet", "resnet18", "wrn28_10"])
def test_a_head_stands_in_the_place_of_the_last_layer(name):
    from sat_sweep.methods._projection_head import ProjectionHead
    from sat_sweep.models import head_of

    spec = models[name].model_validate({"name": name, "width": 1 if name != "mlp" else 4})
    module = build_model(spec, (3, 16, 16), 10, lambda features: ProjectionHead(
        features, 7, projection=3, hidden=5, predicts=True))
    assert module(torch.rand(2, 3, 16, 16)).shape == (2, 13)
    assert head_of(module) == "head."


def test_a_frozen_trunk_leaves_the_head_to_learn(trial):
    run = run_of(trial("simclr", model={"name": "mlp", "width": 8, "frozen": ["trunk"]}, **small("simclr")))
    learning = [name for name, value in run.network().module.named_parameters() if value.requires_grad]
    assert learning == [name for name, _ in run.network().module.named_parameters() if name.startswith("head.")]


def test_a_network_without_a_last_layer_of_its_own_is_refused():
    class Odd(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.only = torch.nn.Conv2d(3, 10, 1)

    from sat_sweep.models._start import replace_head
    with pytest.raises(UserError, match=r"its last layer is a Conv2d.*takes a torch\.nn\.Linear"):
        replace_head(Odd(), lambda features: torch.nn.Identity())


def test_an_unknown_view_is_an_error_in_the_file(trial):
    with pytest.raises(ValueError, match="unknown augmentation 'resized_crops'; did you mean 'resized_crop'"):
        list(records(Trial(trial("simclr", **{"simclr.views": "resized_crops"}))))
