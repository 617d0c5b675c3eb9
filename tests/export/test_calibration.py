from __future__ import annotations

import pytest
import torch

from sat_sweep.export.calibration import fitted_temperature


def drawn(temperature: float, noise=None, count: int = 20_000):
    """Logits that are `temperature` times what the labels were drawn from; labels made wrong by `noise`."""
    generator = torch.Generator().manual_seed(0)
    honest = 2 * torch.randn(count, 5, generator=generator)
    labels = torch.multinomial(honest.softmax(dim=1), 1, generator=generator).squeeze(1)
    if noise is not None:
        labels = torch.multinomial(torch.tensor(noise)[labels], 1, generator=generator).squeeze(1)
    return honest * temperature, labels


@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_the_temperature_is_found_that_logits_were_multiplied_by(temperature):
    assert fitted_temperature(*drawn(temperature), None) == pytest.approx(temperature, rel=0.05)


def test_known_noise_is_corrected_and_unknown_noise_makes_probabilities_lower():
    noise = [[0.6 if i == j else 0.1 for j in range(5)] for i in range(5)]
    logits, labels = drawn(1.0, noise)
    assert fitted_temperature(logits, labels, noise) == pytest.approx(1.0, rel=0.08)
    assert fitted_temperature(logits, labels, None) > 1.5


def test_it_stays_within_its_range():
    logits = torch.eye(4)[torch.arange(4).repeat(50)]
    assert fitted_temperature(logits, torch.arange(4).repeat(50), None) == pytest.approx(0.05, rel=1e-3)
    assert fitted_temperature(logits, (torch.arange(4).repeat(50) + 1) % 4, None) == pytest.approx(20, rel=1e-3)
