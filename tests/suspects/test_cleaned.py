"""What a cleaned copy keeps beside images and labels."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from sat_sweep.data import load
from sat_sweep.suspects.cleaned import cleaned_space, write_cleaned
from tests.data.making import make_dataset, spec


def findings(**beside: Any) -> Any:
    """Of 300 examples the first and the last are suspects."""
    dataset = make_dataset(**beside)
    ranking = SimpleNamespace(order=np.array([0, 299, *range(1, 299)]), suggested=np.zeros(300, dtype=np.int64),
                              draw=SimpleNamespace(given=dataset.labels.numpy()))
    about = SimpleNamespace(noise=SimpleNamespace(kind="as_given"), augmentation="none")
    return SimpleNamespace(rankings=(ranking,), suspected=2, dataset=dataset, spec=about, condition="as_given")


def test_groups_and_weights_stay_with_their_examples(tmp_path):
    found = findings(groups=torch.arange(300) // 3, weights=torch.arange(300).float())
    write_cleaned(found, "drop", tmp_path / "cleaned.npz")
    block = cleaned_space({"dataset": {"test_labels": "trusted"}}, found, tmp_path / "cleaned.npz", "clean")["dataset"]
    assert block == {"name": "npz", "path": "cleaned.npz", "test_labels": "trusted", "group": "group",
                     "weight": "weight"}
    again = load(spec(**{**block, "path": tmp_path / "cleaned.npz"}))
    assert torch.equal(again.weights, torch.arange(1, 299).float())
    assert torch.equal(again.groups, torch.arange(1, 299) // 3)


def test_without_them_nothing_is_said_of_them(tmp_path):
    found = findings()
    write_cleaned(found, "relabel", tmp_path / "cleaned.npz")
    assert cleaned_space({}, found, tmp_path / "cleaned.npz", "x")["dataset"] == {"name": "npz", "path": "cleaned.npz"}
    assert not {"group", "weight"} & set(np.load(tmp_path / "cleaned.npz"))
