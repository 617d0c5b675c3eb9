"""What a trial asks of its device."""

import torch

from sat_sweep.data.device import DevicePart
from sat_sweep.training.probe import STEPS, Probe, head


def test_it_trains_for_as_long_as_asked_and_counts_images(trial):
    load = Probe(trial("sat", epochs=3)).train(0.2)
    assert load.images_per_second > 100
    assert load.memory == 0.0


def test_a_round_is_short_and_every_method_acts_in_it(trial):
    probe = Probe(trial("sat", epochs=3, **{"sat.start_epoch": 2}, training={"batch_size": 2}))
    probe.train(0.0)
    assert len(probe._run.data.train.labels) == 2 * STEPS
    assert "sat.targets" in probe._run.method.memory


def test_the_head_of_a_part_without_true_labels():
    part = DevicePart(torch.arange(6.0).view(3, 2), torch.arange(3), None, None)
    first = head(part, 2)
    assert first.inputs.tolist() == [[0, 1], [2, 3]]
    assert first.labels.tolist() == [0, 1]
    assert first.true_labels is first.wrong is None
