"""What all benchmarks share: one table on the screen, JSON lines in a file, the machine and its versions."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGES = ("torch", "numpy", "ray", "optuna", "mlflow")

Row = dict[str, Any]


def parser(module_doc: str | None) -> argparse.ArgumentParser:
    """A parser that shows the module's text and has `--out`."""
    made = argparse.ArgumentParser(description=module_doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--out", type=Path, metavar="FILE", help="append every row as a line of JSON")
    return made


def publish(benchmark: str, rows: Sequence[Row], out: Path | None) -> None:
    """Print `rows` as one table and append them to `out` together with machine, versions and time."""
    print(table(rows), flush=True)
    if out is None:
        return
    about = {"benchmark": benchmark, "time": time.strftime("%Y-%m-%dT%H:%M:%S"), **machine()}
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps({**about, **row}) + "\n" for row in rows)


def beside_the_first(rows: Sequence[Row], name: str) -> Sequence[Row]:
    """`rows`, each with the ratio of its entry `name` to that of the first."""
    for row in rows:
        row["beside the first"] = row[name] / rows[0][name]
    return rows


def table(rows: Sequence[Row]) -> str:
    """`rows` under the names of all their entries, numbers to the right."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    numeric = [all(isinstance(row.get(name), int | float | None) for row in rows) for name in names]
    return "\n".join(
        "  ".join(text.rjust(width) if right else text.ljust(width)
                  for text, width, right in zip(line, widths, numeric, strict=True)).rstrip()
        for line in cells)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.4g}" if isinstance(value, float) and abs(value) < 1000 else \
        f"{value:,.0f}" if isinstance(value, float) else str(value)


def machine() -> Row:
    """Processor, cores and versions."""
    return {"cpu": _processor(), "cores": os.cpu_count(), "python": platform.python_version(),
            **{name: _version(name) for name in PACKAGES}}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
