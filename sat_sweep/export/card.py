"""The model card: what an exported model is, and how far to believe it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sat_sweep.export.choice import Choice, Kind
from sat_sweep.report import row_text, setting

MADE = {
    Kind.BEST_SEED: "Of the seeds that confirmed the method's settings this is the one with the best score on noisy "
                    "validation labels. The best of several by a score is a little worse than that score says.",
    Kind.ENSEMBLE: "The mean of the probabilities of all seeds that confirmed the method's settings.",
    Kind.EVERYTHING: "The confirmed settings, trained once more on training and validation images together. Nothing is "
                     "left to judge this very model by; the table is about its settings.",
}
CARD = """\
# {method} on {dataset}

A classifier of {count} classes ({classes}), trained under the label noise `{noise}` by the method `{method}` in the
sweep `{sweep}` of sat-sweep. {made} Its weights are those of the {weights}.

## How good it is

The method in the sweep's report, over its confirmed seeds:

```
{row}
```

These files themselves: accuracy {accuracy:.4f} on {examples:,} test examples, whose labels are {truth}.

Settings, epoch and seed were chosen by noisy validation labels. Test labels were read afterwards, and no choice
followed.

## How to use it

```bash
python predict.py DATA.npz --out predictions.csv      # needs torch, numpy and safetensors
sat-sweep predict . IMAGES --out predictions.csv      # image folders, Parquet, .npz, single images
```

Inputs are (N, {shape}), {scale}. Normalisation is part of the network. Both commands execute nothing that a file
says: weights are numbers, and of the operations that `network.json` lists only torch's core operations are taken.
`program.pt2` is the same network for tools that want torch.export's own format. Reading that is trusting it, since
torch.export.load may unpickle what it holds.

## What to keep in mind

- {calibration}
- It knows these classes alone, and inputs like those that it was trained on.{unknown}{half}
- Searched settings: {settings}. All others are in `model.json`.
"""
UNKNOWN = "\n- Nobody knows how many labels are wrong, those of the test part included."

HALF = "\n- It was trained in half precision and computes in float32: close calls may differ from those of the report."


def card(choice: Choice, about: dict[str, Any]) -> str:
    """README.md for the model that `about`, the content of model.json, describes."""
    measured = about["accuracy"]["of_this_model"]
    settings = ", ".join(f"{name} {setting(value)}" for name, value in about["settings"].items())
    return CARD.format(
        **{name: about[name] for name in ("method", "dataset", "noise", "sweep", "weights")}, **measured,
        count=len(about["classes"]), classes=", ".join(about["classes"]), made=MADE[choice.kind],
        row=row_text(choice.report, choice.row), shape=", ".join(map(str, about["input"]["shape"])),
        scale=about["input"]["scale"], settings=settings or "none",
        calibration=_calibration(about["calibration"]), unknown="" if measured["truth"] == "true" else UNKNOWN,
        half="" if about["training"]["precision"] == "float32" else HALF)


def _calibration(each: Sequence[dict[str, Any]]) -> str:
    if each[0]["fitted_to"] is None:
        return "Probabilities are not calibrated: the sweep has held out no validation part to do so."
    temperatures = ", ".join(f"{entry['temperature']:.3g}" for entry in each)
    return f"Probabilities are calibrated by temperature ({temperatures}), fitted to {each[0]['fitted_to']}."
