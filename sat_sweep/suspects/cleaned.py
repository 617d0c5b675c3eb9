"""The data without the suspects, or with the labels that were suggested for them, ready to be swept again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

from sat_sweep.errors import UserError
from sat_sweep.suspects.findings import Findings
from sat_sweep.training.evidence import UNKNOWN

Treatment = Literal["drop", "relabel"]
BESIDE = ("group", "weight")
"""What a dataset may say of each training example beside its label, and what the archive calls it."""


def write_cleaned(findings: Findings, treatment: Treatment, file: Path) -> int:
    """Write the dataset to the NPZ archive `file`, suspects of its training set dropped or relabelled; how many were.

    The test set stays as it is: what a model thinks of it must not decide what models are judged by.
    Raises UserError where the wrong labels were added by the sweep itself, which has nothing to clean.
    """
    check_cleanable(findings)
    ranking, dataset = findings.rankings[0], findings.dataset
    suspects = ranking.order[:findings.suspected]
    suspects = suspects[suspects < len(dataset.labels)]
    given = ranking.draw.given[:len(dataset.labels)]
    labels = np.where(given == UNKNOWN, dataset.labels.numpy(), given)
    if treatment == "relabel":
        labels[suspects] = ranking.suggested[suspects]
    kept = np.ones(len(labels), dtype=bool)
    kept[suspects] = treatment == "relabel"
    beside = {name: values.numpy()[kept] for name in BESIDE
              if (values := getattr(dataset, f"{name}s")) is not None}
    np.savez(file, x_train=dataset.images.numpy()[kept], y_train=labels[kept], x_test=dataset.test_images.numpy(),
             y_test=dataset.test_labels.numpy(), class_names=np.array(dataset.class_names), **beside)
    return len(suspects)


def check_cleanable(findings: Findings) -> None:
    """Raise UserError unless the labels are the data's own."""
    if len(findings.rankings) > 1 or findings.spec.noise.kind not in ("as_given", "column"):
        raise UserError(f"under {findings.condition} the wrong labels are added by the sweep, anew for each seed: "
                        "there is nothing to clean; --clean is for labels as given, or of a column")


def cleaned_space(space: dict[str, Any], findings: Findings, file: Path, name: str) -> dict[str, Any]:
    """The resolved `space` of the sweep for the data in `file`, as a sweep called `name`."""
    kept = {key: value for key, value in space.get("dataset", {}).items()
            if key in ("validation_fraction", "trusted", "labelled", "test_labels")}
    kept |= {name: name for name in BESIDE if getattr(findings.dataset, f"{name}s") is not None}
    training = {**space.get("training", {}), "augmentation": findings.spec.augmentation}
    return {**space, "name": name, "training": training, "noise": {"kind": "as_given"},
            "dataset": {"name": "npz", "path": file.name, **kept}}
