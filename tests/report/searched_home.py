"""A sweep whose searches have a known answer: of SAT the start epoch decides, the earlier the better the more noise."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from sample_home import METHODS, describe, history, level, result, space

from sat_sweep.home import SweepHome
from sat_sweep.home.layout import Home

RANGES: dict[str, dict[str, Any]] = {
    "sat.momentum": {"name": "sat.momentum", "low": 0.5, "high": 0.99, "log": False, "integer": False, "choices": None},
    "sat.start_epoch": {"name": "sat.start_epoch", "low": 2.0, "high": 24.0, "log": False, "integer": True,
                        "choices": None}}
TRIALS = 24


def best_start(rate: float) -> int:
    """19 at the lowest rate, 10 at the highest."""
    return round(22 - 30 * rate)


def searched(place: Path, rates: tuple[float, ...] = (0.1, 0.2, 0.4), diagnostics: bool = False,
             **changes: Any) -> SweepHome:
    """Trial 0 of each study is the best, 1 was pruned, 2 failed; ce has nothing to search."""
    sweep = Home(str(place)).sweep("sample")
    listed = [{"key": f"{method}/{level(rate)}", "method": method, "noise": level(rate), "rate": rate,
               "trials": TRIALS, "ranges": RANGES if method == "sat" else {}}
              for rate in rates for method in METHODS[:2]]
    describe(sweep, space=space(diagnostics=diagnostics, methods=list(METHODS[:2])), studies=listed, **changes)
    for rate in rates:
        sweep.add_result(result("ce", rate, "search", 0, history(("val/noisy_accuracy", [0.5])), value=0.5))
        for number in range(TRIALS):
            _add(sweep, rate, number, diagnostics)
    return sweep


def _add(sweep: SweepHome, rate: float, number: int, diagnostics: bool) -> None:
    draw = random.Random(number)
    start = best_start(rate) if number == 0 else draw.randint(2, 24)
    score = 0.9 - rate / 2 - abs(start - best_start(rate)) / 100
    state = {1: "pruned", 2: "failed"}.get(number, "complete")
    curves = [("val/noisy_accuracy", [score]), *([("test/accuracy", [1 - number / 100])] if diagnostics else [])]
    sweep.add_result(result("sat", rate, "search", number, history(*curves), state=state, value=score,
                            values={"sat.momentum": draw.uniform(0.5, 0.99), "sat.start_epoch": start}))
