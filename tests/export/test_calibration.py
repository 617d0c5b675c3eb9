from __future__ import annotations

import pytest
import torch

from sat_sweep.export.calibration import fitted_temperature
from sat_sweep.training.loop import Trial, final_run


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


def test_few_labels_that_are_right_once_too_often_make_nothing_certain():
    """More of 60 labels agree with the prediction than of labels with this noise would on average."""
    noise = [[0.6 if i == j else 0.4 / 3 for j in range(4)] for i in range(4)]
    logits, labels = torch.eye(4).repeat(15, 1), torch.arange(4).repeat(15)
    labels[:18] = (labels[:18] + 1) % 4
    assert 0.1 < fitted_temperature(logits, labels, noise) < 1


def test_on_digits_with_wrong_labels_probabilities_come_closer_to_the_truth(trial):
    spec = trial("ce", epochs=5, dataset={"name": "digits"}, training={"batch_size": 64})
    given = Trial(spec)
    run = final_run(given)
    run.evaluating()
    with torch.inference_mode():
        held_out, tested = (given.method.predict(run, part.inputs) for part in (run.data.validation, run.data.test))

    def loss(temperature: float) -> float:
        return float(torch.nn.functional.cross_entropy(tested / temperature, run.data.test.labels))

    corrected = fitted_temperature(held_out, run.data.validation.labels, given.data.transition)
    assert loss(corrected) < 0.6 * loss(1.0)
    assert loss(corrected) < 1.2 * min(loss(0.05 * step) for step in range(1, 60))
    assert loss(fitted_temperature(held_out, run.data.validation.labels, None)) > loss(1.0)
