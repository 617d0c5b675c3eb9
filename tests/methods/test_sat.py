"""SAT against numbers worked out in NumPy."""

import pytest
import torch

from sat_sweep.methods.sat import SATParameters, sat_loss, update_targets
from sat_sweep.methods.sat_sce import sat_sce_loss
from sat_sweep.training import epochs
from tests.conftest import numbers

Z = torch.tensor([[2.0, 0, 0], [0, 0, 3]], dtype=torch.float64)
ONE_HOT = torch.tensor([[1.0, 0, 0], [0, 1, 0]], dtype=torch.float64)


def updated(times: int = 1, momentum: float = 0.9) -> torch.Tensor:
    targets = ONE_HOT
    for _ in range(times):
        targets = update_targets(targets, Z.softmax(1), momentum)
    return targets


def close(actual: torch.Tensor, expected: list, tolerance: float = 1.5e-6) -> None:
    torch.testing.assert_close(actual, torch.tensor(expected, dtype=torch.float64), atol=tolerance, rtol=0)


def test_targets_after_the_first_and_the_second_visit():
    close(updated(1), [[0.978699, 0.010651, 0.010651], [0.004528, 0.904528, 0.090944]])
    close(updated(2), [[0.959527, 0.020236, 0.020236], [0.008603, 0.818603, 0.172794]])


def test_targets_stay_distributions_and_the_argument_stays_as_it_was():
    targets = ONE_HOT.clone()
    close(update_targets(targets, Z.softmax(1), 0.3).sum(1), [1.0, 1.0])
    assert torch.equal(targets, ONE_HOT)


@pytest.mark.parametrize(("momentum", "expected"), [(1.0, ONE_HOT), (0.0, Z.softmax(1))])
def test_extremes_of_momentum(momentum, expected):
    torch.testing.assert_close(update_targets(ONE_HOT, Z.softmax(1), momentum), expected)


def test_loss_and_gradient_of_the_first_active_step():
    logits = Z.clone().requires_grad_()
    loss = sat_loss(logits, updated())
    loss.backward()
    assert loss.item() == pytest.approx(1.502101, abs=1e-6)
    close(logits.grad, [[-0.099632, 0.049816, 0.049816], [0.019573, -0.412704, 0.393131]])


def test_with_one_hot_targets_the_loss_is_cross_entropy():
    expected = torch.nn.functional.cross_entropy(Z, torch.tensor([0, 1]))
    torch.testing.assert_close(sat_loss(Z, ONE_HOT), expected)


def test_symmetric_variant():
    assert sat_sce_loss(Z, updated()).item() == pytest.approx(2.005637, abs=1e-6)


def test_symmetric_variant_survives_underflow():
    logits = torch.tensor([[200.0, 0, 0]], requires_grad=True)
    loss = sat_sce_loss(logits, torch.tensor([[0.0, 1, 0]]))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(logits.grad).all()


def test_symmetric_variant_keeps_the_gradient_of_an_example_at_odds_with_its_target():
    logits = torch.tensor([[0.0, 25.0]], dtype=torch.float64, requires_grad=True)
    sat_sce_loss(logits, torch.tensor([[1.0, 0.0]], dtype=torch.float64), alpha=1.0, beta=0.0).backward()
    close(logits.grad, [[-1.0, 1.0]])


@pytest.mark.parametrize(("width", "momentum", "start"), [
    (64, 0.9, 40), (1, 0.99835, 2560), (128, 0.81, 20), (None, 0.9, 40)])
def test_momentum_and_start_follow_the_width_where_that_is_asked_for(width, momentum, start):
    """The official code's alpha^(w / 64) and E_s * 64 / w."""
    given = SATParameters(momentum=0.9, start_epoch=40, reference_width=64)
    assert given.scaled(width).momentum == pytest.approx(momentum, abs=1e-5)
    assert given.scaled(width).start_epoch == start
    assert SATParameters(momentum=0.9, start_epoch=40).scaled(width).start_epoch == 40


def test_a_narrow_network_begins_later(trial):
    """At half of the reference width after twice as many epochs, with the root of the momentum."""
    asked = {"sat.start_epoch": 2, "sat.momentum": 0.81}
    scaled = trial("sat", epochs=6, model={"name": "mlp", "width": 16}, **asked, **{"sat.reference_width": 32})
    plain = trial("sat", epochs=6, model={"name": "mlp", "width": 16}, **{"sat.start_epoch": 4, "sat.momentum": 0.9})
    assert numbers(epochs(scaled)) == numbers(epochs(plain))
