"""The schedule of cyclical training against its golden values."""

import numpy as np
import pytest

from sat_sweep.methods.cyclical import between, eta


@pytest.mark.parametrize(("epochs", "factor", "expected"), [
    (9, 2, [1, 0.75, 0.5, 0.25, 0, 0.25, 0.5, 0.75, 1]),
    (9, 4, [1, 0.5, 0, 0.1667, 0.3333, 0.5, 0.6667, 0.8333, 1]),
    (10, 4, [1, 0.5556, 0.1111, 0.1111, 0.2593, 0.4074, 0.5556, 0.7037, 0.8519, 1]),
    (9, 1, [1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0]),
    (1, 2, [1]),
])
def test_golden_values(epochs, factor, expected):
    np.testing.assert_allclose(eta(epochs, factor), expected, atol=5e-5)


@pytest.mark.parametrize("factor", [1.0, 1.3, 2.5, 7.9])
@pytest.mark.parametrize("epochs", [2, 7, 40])
def test_it_never_leaves_its_range(epochs, factor):
    values = eta(epochs, factor)
    assert values.shape == (epochs,)
    assert values[0] == 1
    assert ((values >= 0) & (values <= 1)).all()


def test_a_value_is_low_at_both_ends_and_high_in_the_middle():
    assert [between(2.0, 10.0, float(part)) for part in eta(3, 2)] == [2.0, 10.0, 2.0]
    assert [between(3.0, 3.0, float(part)) for part in eta(7, 2.5)] == pytest.approx([3.0] * 7)
