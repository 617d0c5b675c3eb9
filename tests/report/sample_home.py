"""Sweep homes with made-up results, for the tests of this folder."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

from sat_sweep.home import Home, Result, SweepHome

METHODS = ("ce", "sat", "ce+reset")
RATES = (0.0, 0.2, 0.4)
HELP = {"ce": 0.0, "sat": 0.85, "ce+reset": 0.6}
SETTINGS: dict[str, dict[str, Any]] = {
    "ce": {}, "sat": {"sat.momentum": 0.9, "sat.start_epoch": 12}, "ce+reset": {"reset.rate": 0.012345678},
}


def level(rate: float) -> str:
    return f"symmetric-{rate:g}"


def space(**changes: Any) -> dict[str, Any]:
    asked = {
        "name": "sample", "seed": 0, "dataset": {"name": "digits"}, "methods": list(METHODS),
        "baseline": None,
        "noise": {"kind": "symmetric", "rates": list(RATES)}, "training": {"epochs": 40},
        "diagnostics": False,
        "search": {"trials": 4, "batch": 4, "sampler": "tpe", "pruner": {"name": "asha"}, "select": "last",
                   "smooth": None},
        "confirm": {"seeds": 5, "train_on": "train"},
    }
    return {**asked, **changes}


def studies() -> list[dict[str, Any]]:
    return [{"key": f"{method}/{level(rate)}", "method": method, "noise": level(rate), "rate": rate,
             "trials": 4} for rate in RATES for method in METHODS]


def describe(sweep: SweepHome, **changes: Any) -> None:
    content = {"name": sweep.name, "space": space(), "studies": studies(), "state": "finished",
               "created": 1.7e9, "versions": {"sat_sweep": "0.1.0", "torch": "2.13.0"},
               "data": {"fingerprint": "abc123", "train": 1437}}
    sweep.update(**{**content, **changes})
    sweep.write_space("name: sample\n# <b>not bold</b> & more\n")


def history(*curves: tuple[str, list[float]]) -> list[dict[str, Any]]:
    """Epoch records of metrics given as whole curves."""
    length = max(len(values) for _, values in curves)
    return [{"epoch": index + 1, "signature": f"s{index}", "acts": False, "diverged": None,
             "metrics": {name: values[index] for name, values in curves if index < len(values)}}
            for index in range(length)]


def result(method: str, rate: float, stage: str, number: int, records: list[dict[str, Any]],
           **changes: Any) -> Result:
    seed = number + 1 if stage == "confirm" else 0
    values: dict[str, Any] = {
        "sweep": "sample", "study": f"{method}/{level(rate)}", "method": method, "noise": level(rate),
        "rate": rate, "stage": stage, "number": number, "seed": seed, "state": "complete", "reason": None,
        "value": None, "values": SETTINGS.get(method, {}), "spec": {"method": method, "seed": seed},
        "error_rate": rate, "transition": None, "history": records, "epochs_trained": len(records),
        "started": 1000.0, "ended": 1010.0, "versions": {},
    }
    return Result(**{**values, **changes})


def plausible(method: str, rate: float, seed: int, epochs: int = 40) -> list[dict[str, Any]]:
    """Curves as noisy training has them: they rise, and fall again where wrong labels are memorised."""
    draw = random.Random(f"{method} {rate} {seed}")
    shift = random.Random(f"{rate} {seed}").gauss(0, 0.006)
    records = []
    for epoch in range(1, epochs + 1):
        rise, fall = 1 - math.exp(-epoch / 5), rate * (1 - HELP[method]) * max(0.0, (epoch - 10) / epochs)
        test = 0.97 * rise - 0.9 * fall - 0.05 * rate + shift + draw.gauss(0, 0.004)
        memorized = min(1.0, fall * 2.2 + 0.02)
        metrics = {"train/loss": 2.3 * math.exp(-epoch / 8), "test/accuracy": test, "epoch_seconds": 0.1,
                   "val/noisy_accuracy": test * (1 - rate) + draw.gauss(0, 0.01)}
        if rate:
            metrics |= {"train/memorized": memorized, "train/corrected": max(0.0, 0.95 * rise - memorized)}
        records.append({"epoch": epoch, "metrics": metrics, "signature": "", "acts": False, "diverged": None})
    return records


def sample(place: Path) -> SweepHome:
    """Three methods at three noise levels with four search trials and five seeds each; one trial failed."""
    sweep = Home(str(place)).sweep("sample")
    describe(sweep)
    for rate in RATES:
        for method in METHODS:
            for number in range(4):
                sweep.add_result(_searched(method, rate, number))
            for number in range(5):
                sweep.add_result(result(method, rate, "confirm", number, plausible(method, rate, number + 1),
                                        started=2000.0 + number, ended=2040.0 + number))
    return sweep


def _searched(method: str, rate: float, number: int) -> Result:
    troubled = method == "sat" and rate == 0.4
    state = {2: "pruned", 3: "failed"}.get(number, "complete") if troubled else "complete"
    records = plausible(method, rate, 100 + number, epochs=12 if state == "pruned" else 40)
    reason = {"pruned": "pruned after epoch 12", "failed": "epoch 40: the loss <is> not finite"}.get(state)
    return result(method, rate, "search", number, records, state=state, reason=reason,
                  value=0.5 + number / 100, epochs_trained=len(records) - 10 * (number > 0),
                  started=1000.0 + number, ended=1030.0 + number)


WIDTHS = (4, 16, 64)


def varied(place: Path, path: str = "model.width", values: tuple[Any, ...] = WIDTHS,
           rates: tuple[float, ...] = (0.2, 0.4)) -> SweepHome:
    """Three methods at each of `rates`, at each of the `values` of a setting, with three seeds each."""
    sweep = Home(str(place)).sweep("sample")
    points = [(method, rate, index) for rate in rates for index in range(len(values)) for method in METHODS]
    keys = {point: f"{point[0]}/{level(point[1])}-{point[2]}" for point in points}
    listed = [{"key": keys[method, rate, index], "method": method, "noise": level(rate), "rate": rate, "trials": 4,
               "vary": {path: values[index]}} for method, rate, index in points]
    asked = space(vary={path: list(values)}, confirm={"seeds": 3}, noise={"kind": "symmetric", "rates": list(rates)})
    describe(sweep, space=asked, studies=listed)
    for (method, rate, index), key in keys.items():
        for number in range(3):
            records = plausible(method, rate, number + 1)
            for record in records:
                for name in ("test/accuracy", "val/noisy_accuracy"):
                    record["metrics"][name] *= 1 - 0.3 / (index + 1)
            sweep.add_result(result(method, rate, "confirm", number, records, study=key, vary={path: values[index]}))
    return sweep
