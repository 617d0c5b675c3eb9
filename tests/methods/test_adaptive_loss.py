"""The gradient with respect to a loss's hyperparameters, against differences; and what happens in a run."""

import pytest
import torch

from sat_sweep.methods import registry
from sat_sweep.methods.adaptive_loss import meta_gradient
from sat_sweep.training import epochs
from tests.methods.runs import run_of, weights

DATA = {"name": "digits", "subset": 300, "trusted": 40}
START = {"gce": {"q": 0.7}, "sce": {"alpha": 0.1, "beta": 1.0}, "polysoft": {"lam": 2.0, "d": 3.0}}


@pytest.mark.parametrize("loss", START)
def test_gradient_against_differences(loss):
    """For a linear classifier, with examples whose loss lies above the threshold of polysoft, too."""
    generator, function = torch.Generator().manual_seed(0), registry[loss].function
    inputs, trusted = (3 * torch.randn(8, 4, generator=generator, dtype=torch.float64) for _ in range(2))
    labels, true = torch.arange(8) % 3, torch.arange(8) % 3
    theta = {"w": torch.randn(4, 3, generator=generator, dtype=torch.float64, requires_grad=True)}

    def after(values):
        slope, = torch.autograd.grad(function(inputs @ theta["w"], labels, **values), theta["w"])
        return torch.nn.functional.cross_entropy(trusted @ (theta["w"] - 0.3 * slope), true).item()

    own = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in START[loss].items()}
    ours = meta_gradient(theta, own, inputs @ theta["w"], lambda moved: inputs @ moved["w"],
                         lambda logits: function(logits, labels, **own),
                         lambda moved: torch.nn.functional.cross_entropy(trusted @ moved["w"], true), 0.3)
    for name in own:
        shifted = [{**START[loss], name: START[loss][name] + shift} for shift in (1e-6, -1e-6)]
        slope = (after(shifted[0]) - after(shifted[1])) / 2e-6
        assert ours[name].item() == pytest.approx(slope, rel=1e-5, abs=1e-9)
        assert slope != 0


def test_the_real_step_is_one_of_the_loss_as_it_has_just_been_learned(trial):
    plain = {"optimizer": {"name": "sgd", "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0}}
    run = run_of(trial("adaptive_loss", dataset=DATA, training=plain, **{"adaptive_loss.loss": "gce"}))
    run.method.begin_epoch(run)
    batch, before, start = next(run._batches(1)), weights(run), run.method.memory["adaptive_loss.q"].clone()
    run.method.algorithm.update(run, batch, 1)
    learned = run.method.memory["adaptive_loss.q"]
    assert abs(learned - start) == pytest.approx(0.01, rel=1e-3)  # Adam's first step is the learning rate
    leaves = {name: value.requires_grad_() for name, value in before.items()}
    logits = torch.func.functional_call(run.network().module, leaves, batch.inputs)
    slopes = torch.autograd.grad(registry["gce"].function(logits, batch.labels, q=learned), list(leaves.values()))
    for (name, value), slope in zip(leaves.items(), slopes, strict=True):
        torch.testing.assert_close(weights(run)[name], value.detach() - 0.1 * slope)


@pytest.mark.parametrize("loss", START)
def test_what_is_learned_is_recorded_and_stays_in_range(trial, loss):
    given = {"adaptive_loss.loss": loss, "adaptive_loss.learning_rate": 0.5}
    *_, last = epochs(trial("adaptive_loss", dataset=DATA, epochs=4, **given))
    for name, search in registry[loss].Parameters.search_ranges().items():
        value = last.metrics[f"adaptive_loss/{name}"]
        assert search.low <= value <= search.high * (1 + 1e-6)
        assert value != pytest.approx(registry[loss].Parameters.model_fields[name].default)
