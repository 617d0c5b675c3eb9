"""How long an epoch takes is measured on a sample of the data, which nobody else may come to see."""

import numpy as np

from sat_sweep.commands.estimate import SAMPLE, from_training
from sat_sweep.config import SpaceFile, plan
from sat_sweep.data import DataCache, load


def many_points(folder):
    """A space over more training data than an estimate needs, and its data set."""
    count, draw = 4 * SAMPLE, np.random.default_rng(0)
    np.savez(folder / "data.npz", x_train=draw.random((count, 4), dtype=np.float32), y_train=np.arange(count) % 3)
    return SpaceFile.model_validate({
        "name": "many", "dataset": {"name": "npz", "path": folder / "data.npz"}, "methods": ["ce"],
        "noise": {"kind": "symmetric", "rates": [0.2]}, "model": {"name": "mlp", "width": 4, "depth": 1},
        "training": {"epochs": 2}})


def test_a_later_sweep_of_the_process_gets_its_own_subset_not_the_sample(tmp_path):
    space = many_points(tmp_path)
    subset = space.dataset.model_copy(update={"subset": SAMPLE})
    estimate = from_training(plan(space), DataCache())
    assert f"{SAMPLE:,} of" in estimate.measured_on
    assert np.bincount(load(subset).labels).min() == SAMPLE // 3, "a subset is stratified, the sample is not"
