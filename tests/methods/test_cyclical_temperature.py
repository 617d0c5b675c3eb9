"""Logits of training passes, and no others, are divided."""

import torch

from tests.methods.runs import assert_same_numbers, begin, run_of


def test_temperature_one_is_training_without(trial):
    bounds = {"cyclical_temperature.low": 1.0, "cyclical_temperature.high": 1.0}
    assert_same_numbers(trial("sat+cyclical_temperature", **bounds), trial("sat"))


def test_only_in_training(trial):
    run = run_of(trial("ce+cyclical_temperature", epochs=5))
    inputs, network = run.inputs[:4], run.network()
    plain = run.forward(network, inputs)
    for epoch, temperature in ((1, 0.5), (2, 1.25), (3, 2.0), (5, 0.5)):
        begin(run, epoch)
        torch.testing.assert_close(run.forward(network, inputs), plain / temperature)
        given = dict(network.module.named_parameters())
        torch.testing.assert_close(run.forward(network, inputs, given), plain / temperature)
    network.module.eval()
    torch.testing.assert_close(run.forward(network, inputs), plain)
