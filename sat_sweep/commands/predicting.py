"""`predict`: labels and probabilities by an exported model."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

from sat_sweep.commands.output import say, show_json
from sat_sweep.data.inputs import Inputs, read_images
from sat_sweep.errors import UserError
from sat_sweep.export.predictor import ARRAYS, BATCH, Model, ModelError, load, read_inputs, rows


def predict(folder: Path, data: Path, out: Path | None, as_json: bool) -> None:
    """Predict every input in `data` with the model in `folder`; a CSV table to `out`, else to standard output."""
    try:
        if data.exists() and not data.is_file() and not data.is_dir():
            raise UserError(f"{data} is neither a file nor a folder")
        model = load(folder)
        header, *table = _table(model, data)
    except ModelError as error:
        raise UserError(str(error)) from error
    if as_json:
        show_json([_entry(model, row) for row in table])
    elif out is None:
        csv.writer(sys.stdout, lineterminator="\n").writerows([header, *table])
    else:
        _write(out, [header, *table])
        say(f"{len(table):,} predictions: {out}")


def _write(out: Path, table: list[list[Any]]) -> None:
    try:
        with out.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(table)
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror}") from error


def _table(model: Model, data: Path) -> list[list[Any]]:
    """A header, then a row per input."""
    given = model.description["input"]
    if data.suffix.lower() in ARRAYS or "columns" in given:
        found = model.probabilities(read_inputs(model, data))
        return list(rows(model, found, range(len(found))))
    images = read_images(data, model.input_shape, given["resized_to"], given["image_column"])
    return list(rows(model, _batchwise(model, images), images.names))


def _batchwise(model: Model, images: Inputs) -> Any:
    """Probabilities (N, C); images are decoded a batch at a time."""
    import numpy as np
    import torch

    return np.concatenate([model.probabilities(images.images[positions].numpy())
                           for positions in torch.arange(len(images.names)).split(BATCH)])


def _entry(model: Model, row: list[Any]) -> dict[str, Any]:
    name, label, probability, *each = row
    return {"name": name, "label": label, "probability": probability,
            "probabilities": dict(zip(model.classes, each, strict=True))}
