"""The long form: so many generated space files and data sets, and what became of them.

    python -m tests.inputs.generate --spaces 10000 --data 1000 --seed 0

Stops at the first crash; the same command with that seed comes to it again, and its files are kept.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.inputs.judging import judge_data, judge_space
from tests.inputs.strange_data import NOISE, data_sets
from tests.inputs.strategies import spaces

ROUND = 500
"""Inputs of one seed, after which the next one follows."""


class Crashed(Exception):
    """An input was neither accepted nor refused."""


def run(strategy: st.SearchStrategy[Any], judge: Callable[[Any, Path], str], wanted: int, first: int) -> Counter[str]:
    """Judge `wanted` inputs of `strategy`, from the seed `first` on; how many met with which verdict.

    Raises Crashed with the seed and the folder that an input's files are kept in.
    """
    verdicts: Counter[str] = Counter()
    number = first
    while verdicts.total() < wanted:
        _round(strategy, judge, min(ROUND, wanted - verdicts.total()), number, verdicts)
        print(f"seed {number}: {told(verdicts)}", file=sys.stderr, flush=True)
        number += 1
    return verdicts


def told(verdicts: Counter[str]) -> str:
    """`1,234 accepted, 8,766 refused`."""
    return ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(verdicts.items())) or "none"


def _round(strategy: st.SearchStrategy[Any], judge: Callable[[Any, Path], str], size: int, number: int,
           verdicts: Counter[str]) -> None:
    @seed(number)
    @settings(max_examples=size, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck), print_blob=False)
    @given(strategy)
    def one(given: Any) -> None:
        folder = Path(tempfile.mkdtemp())
        try:
            verdicts[judge(given, folder)] += 1
        except Exception as error:
            raise Crashed(f"seed {number}, files in {folder}: {type(error).__name__}: {error}") from error
        shutil.rmtree(folder)

    one()


def main() -> None:
    """Both kinds, as many as asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for option, default in (("--spaces", 10_000), ("--data", 1_000), ("--seed", 0)):
        parser.add_argument(option, type=int, default=default)
    asked = parser.parse_args()
    for name, strategy, judge, wanted in (
            ("space files", spaces(), judge_space, asked.spaces),
            ("data sets", st.tuples(data_sets, NOISE),
             lambda given, folder: judge_data(given[0](folder), given[1], folder), asked.data)):
        began = time.monotonic()
        verdicts = run(strategy, judge, wanted, asked.seed)
        print(f"{name}: {told(verdicts)}, in {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
