"""The model card: what an exported model is, and how far to believe it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sat_sweep.export.choice import Choice, Kind
from sat_sweep.report import row_text, setting

FIRST_SEED = ("The first of the seeds that confirmed the method's settings: the sweep has trained on all images, so "
              "that nothing was left to choose among them by.")
MADE = {
    Kind.BEST_SEED: "Of the seeds that confirmed the method's settings this is the one with the best score on noisy "
                    "validation labels. The best of several by a score is a little worse than that score says.",
    Kind.ENSEMBLE: "The mean of the probabilities of all seeds that confirmed the method's settings.",
    Kind.EVERYTHING: "The confirmed settings, trained once more on training and validation images together. Nothing is "
                     "left to judge this very model by; the table is about its settings.",
}
CARD = """\
# {method} on {dataset}

A classifier of {count} classes ({classes}), trained under `{condition}` by the method `{method}` in the
sweep `{sweep}` of sat-sweep. {made} Its weights are those of the {weights}.

## How good it is

The method in the sweep's report, over its confirmed seeds:

```
{row}
```

These files themselves: accuracy {accuracy:.4f} on {examples:,} test examples, whose labels are {truth}.

Whatever was chosen was chosen by noisy validation labels. Test labels were read afterwards, and no choice
followed.

## How to use it

```bash
python predict.py {data} --out predictions.csv      # needs torch, numpy and safetensors
sat-sweep predict . {more}
```

Inputs are (N, {shape}), {scale}. Normalisation is part of the network. Both commands execute nothing that a file
says: weights are numbers, and of the operations that `network.json` lists only torch's core operations are taken.
`program.pt2` is the same network for tools that want torch.export's own format. Reading that is trusting it, since
torch.export.load may unpickle what it holds.

## What to keep in mind

- {calibration}
- It knows these classes alone, and inputs like those that it was trained on.{reservations}
- Searched settings: {settings}. All others are in `model.json`.
"""
UNKNOWN = "\n- Nobody knows how many labels are wrong, those of the test part included."

HALF = "\n- It was trained in half precision and computes in float32: close calls may differ from those of the report."


def card(choice: Choice, about: dict[str, Any]) -> str:
    """README.md for the model that `about`, the content of model.json, describes."""
    settings = ", ".join(f"{name} {setting(value)}" for name, value in about["settings"].items())
    return CARD.format(
        **{name: about[name] for name in ("method", "dataset", "sweep", "weights")}, condition=choice.row.condition,
        classes=", ".join(about["classes"]), count=len(about["classes"]), made=_made(choice),
        row=row_text(choice.report, choice.row), **about["accuracy"]["of_this_model"],
        **_files(about), shape=", ".join(map(str, about["input"]["shape"])), scale=about["input"]["scale"],
        calibration=_calibration(about["calibration"]), reservations=_reservations(about), settings=settings or "none")


def _files(about: dict[str, Any]) -> dict[str, str]:
    """Examples of what it predicts."""
    if "columns" in about["input"]:
        return {"data": "ROWS.csv", "more": "ROWS.csv --out predictions.csv        # CSV, Parquet; columns by name"}
    return {"data": "DATA.npz", "more": "IMAGES --out predictions.csv      # image folders, Parquet, .npz, one image"}


def _reservations(about: dict[str, Any]) -> str:
    unknown = about["accuracy"]["of_this_model"]["truth"] != "true"
    return (UNKNOWN if unknown else "") + (HALF if about["training"]["precision"] != "float32" else "")


def _made(choice: Choice) -> str:
    chosen = choice.kind is not Kind.BEST_SEED or choice.specs[0].train_on == "train"
    return MADE[choice.kind] if chosen else FIRST_SEED


def _calibration(each: Sequence[dict[str, Any]]) -> str:
    if each[0]["fitted_to"] is None:
        return "Probabilities are not calibrated: the sweep has held out no validation part to do so."
    temperatures = ", ".join(f"{entry['temperature']:.3g}" for entry in each)
    return f"Probabilities are calibrated by temperature ({temperatures}), fitted to {each[0]['fitted_to']}."
