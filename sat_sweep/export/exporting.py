"""The files of an exported model.

    weights.safetensors   numbers
    network.json          the operations on them, from raw inputs to calibrated probabilities
    model.json            what it is: classes, input, settings, numbers of the report; checksums of the two
    predict.py            a copy of `predictor.py`: all the code that using it takes
    predict_tables.py     of models of tables alone, a copy too: from the columns of a file to features
    README.md             the model card

`other_formats.py` adds the same network for other tools.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from sat_sweep.data import DataCache, TrialData
from sat_sweep.errors import UserError
from sat_sweep.export import predict_tables, predictor
from sat_sweep.export.card import card
from sat_sweep.export.choice import Choice
from sat_sweep.export.description import Measured, description
from sat_sweep.export.finished import Finished, trained
from sat_sweep.export.predictor import DESCRIPTION, NETWORK, WEIGHTS, Model, Network, in_channels_last
from sat_sweep.export.probabilities import Mean
from sat_sweep.export.program import Program, traced
from sat_sweep.training import TrajectoryStore
from sat_sweep.training.loop import Trial

CODE, TABLES, CARD = "predict.py", "predict_tables.py", "README.md"


def check_folder(out: Path) -> None:
    """Raise UserError if `out` has something else in it than an exported model."""
    if out.exists() and not (out.is_dir() and (not any(out.iterdir()) or (out / NETWORK).exists())):
        raise UserError(f"{out} holds something else than an exported model; name an empty or new folder")


def export(choice: Choice, store: TrajectoryStore, out: Path, say: Callable[[str], None]) -> Measured:
    """Write the model that `choice` is into the folder `out`, and return how well the files themselves do.

    `say` is told what takes long, and how far it is. Raises UserError for a network that cannot be exported, and for a
    folder with something else in it.
    """
    check_folder(out)
    finished = list(_finished(choice, store, say))
    modules = [each.module for each in finished]
    program = traced(modules[0] if len(modules) == 1 else Mean(modules), finished[0].trial.data.input_shape)
    measured = _measured(program, finished[0].trial.data)
    _write(program, description(choice, finished, measured), choice, out)
    return measured


def _finished(choice: Choice, store: TrajectoryStore, say: Callable[[str], None]) -> Iterator[Finished]:
    """One that has no validation part of its own takes the temperature of the confirmed trial that does."""
    data, given = DataCache(), None
    if (spec := choice.calibrated_as) is not None:
        say(f"seed {spec.seed}: training what no state is stored of, for its calibration")
        found = trained(Trial(spec, data.get(spec.dataset)), store, say, best=False).calibration
        given = found._replace(fitted_to=f"{found.fitted_to}; of the confirmed seed {spec.seed}, since this model has "
                                         "no validation part")
    for spec in choice.specs:
        say(f"seed {spec.seed}: training what no state is stored of, for its weights")
        trial = Trial(spec, data.get(spec.dataset))
        yield trained(trial, store, say, best=choice.best_weights, calibration=given)


def _measured(program: Program, data: TrialData) -> Measured:
    """From the very program and weights that are written; the test part is the same for every seed."""
    model = Model({"classes": data.class_names, "input": {"shape": data.input_shape}},
                  Network(json.loads(json.dumps(program.network)), in_channels_last(program.weights)))
    predicted = torch.from_numpy(model.probabilities(data.test.inputs).argmax(axis=1))
    accuracy = float((predicted == data.test.labels).float().mean())
    return Measured(accuracy, len(data.test), "true" if data.test.true_labels is not None else "as given")


def _write(program: Program, about: dict[str, Any], choice: Choice, out: Path) -> None:
    """`network.json` comes first, by which the folder is known as ours; without `model.json` it is no model yet."""
    out.mkdir(parents=True, exist_ok=True)
    (out / DESCRIPTION).unlink(missing_ok=True)
    files = {NETWORK: json.dumps(program.network, allow_nan=False).encode(), WEIGHTS: save(program.weights)}
    for name, content in files.items():
        (out / name).write_bytes(content)
    shutil.copyfile(predictor.__file__, out / CODE)
    if "columns" in about["input"]:
        shutil.copyfile(predict_tables.__file__, out / TABLES)
    (out / CARD).write_text(card(choice, about), encoding="utf-8")
    checksums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    (out / DESCRIPTION).write_text(json.dumps({**about, "checksums": checksums}, indent=1), encoding="utf-8")
