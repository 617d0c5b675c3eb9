"""What `model.json` says of an exported model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sat_sweep.export.choice import Choice, Kind
from sat_sweep.export.finished import Finished
from sat_sweep.export.predictor import FORMAT
from sat_sweep.home.provenance import versions


class Measured(NamedTuple):
    """The accuracy of the exported files themselves on the test part; `truth` says whether its labels are true."""

    accuracy: float
    examples: int
    truth: str


def description(choice: Choice, finished: Sequence[Finished], measured: Measured) -> dict[str, Any]:
    """The content of model.json but for the checksums: plain data, without any path of this machine."""
    report, row, spec = choice.report, choice.row, choice.specs[0]
    settings = spec.model_dump(mode="json")
    return {
        "format": FORMAT, "sweep": report.sweep, "method": row.method, "noise": row.noise, "vary": row.vary,
        "from": choice.kind.value, "seeds": [each.trial.spec.seed for each in finished],
        "weights": "best epoch by noisy validation" if choice.best_weights else "last epoch",
        "classes": list(finished[0].trial.dataset.class_names),
        "input": _input(finished),
        "output": "probabilities of the classes, (N, C) float32",
        "calibration": [each.calibration._asdict() for each in finished],
        "accuracy": {"measure": report.measure.name, **_accuracy(choice), "of_this_model": measured._asdict()},
        "settings": row.settings, "parameters": settings["parameters"], "model": settings["model"],
        "training": settings["training"], "task": spec.task.name, "train_on": settings["train_on"],
        "dataset": settings["dataset"]["name"], "versions": versions(),
    }


def _input(finished: Sequence[Finished]) -> dict[str, Any]:
    """What the network takes, and what has become of images before they are that."""
    trial = finished[0].trial
    settings, columns = trial.spec.dataset.model_dump(), trial.spec.dataset.feature_columns()
    return {
        "shape": list(trial.data.input_shape), "dtype": "float32",
        "scale": "pixels from 0 to 1; bytes are divided by 255",
        "resized_to": settings.get("size"), "image_column": settings.get("image"),
        **({"columns": columns} if columns is not None else {}),
        "normalised_inside": [{"mean": each.trial.data.mean.tolist(), "std": each.trial.data.std.tolist()}
                              for each in finished],
    }


def _accuracy(choice: Choice) -> dict[str, Any]:
    """What the report says of the method, and of the seeds that the model is."""
    confirmed = choice.row.measured(choice.report.judged_by)
    seeds = {} if choice.kind is Kind.EVERYTHING else {
        str(seed): confirmed.by_seed.get(seed) for seed in choice.seeds}
    return {"of_the_method": {"epoch": choice.report.judged_by, "seeds": choice.row.seeds,
                              **confirmed.summary.to_json()}, "of_the_seeds": seeds}
