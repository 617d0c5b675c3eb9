"""Does a sweep take longer while its MLflow server is out, and what does it take to complete the records afterwards?

The quickstart with fewer trials of each study, launched as its user does, with a real MLflow server behind a proxy
that passes everything on, refuses every connection, or takes them and never says a word; by turns. Once the server is
back, `doctor --fix` is one command: its seconds, and whether MLflow then shows what it does after a sweep that nothing
disturbed, seconds of epochs aside.

    python -m benchmarks.mlflow_out                           three rounds of each, four trials a study
    python -m benchmarks.mlflow_out --rounds 1 --trials 12    the whole quickstart, once

Duration: about five minutes a round, and three times that for the whole quickstart.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from benchmarks.common import ROOT, Row, beside_the_first, parser, publish
from tests.faults.proxy import Proxy
from tests.faults.servers import mlflow_server
from tests.tracking.mirrored_home import shown

MODES = ("passes", "refuses", "hangs")
SPACE = ROOT / "search_spaces/quickstart.yaml"


def measure(mode: str, asked: Mapping[str, Any]) -> tuple[float, float, dict[str, Any]]:
    """Seconds of the sweep, seconds of `doctor --fix` after it, and what MLflow shows then; the server is in `mode`."""
    folder = Path(tempfile.mkdtemp(prefix="mlflow-out-"))
    try:
        with mlflow_server() as port:
            proxy = Proxy(port)
            file, home = folder / "space.yaml", str(folder / "home")
            file.write_text(yaml.safe_dump({**asked, "tracking": {"uri": f"http://127.0.0.1:{proxy.port}"}}))
            proxy.change(mode)
            trained = _seconds("launch", str(file), "--home", home, "--yes")
            proxy.change("passes")
            completed = _seconds("doctor", asked["name"], "--home", home, "--fix")
            seen = _shown(f"http://127.0.0.1:{port}", asked["name"])
            proxy.close()
            return trained, completed, seen
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _seconds(*words: str) -> float:
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "sat_sweep", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"sat-sweep {' '.join(words)}: {done.stdout}{done.stderr}")
    return time.perf_counter() - began


def _shown(uri: str, name: str) -> dict[str, Any]:
    """Names of runs to what they show of results: no ids, and no times, which differ from sweep to sweep."""
    from mlflow import MlflowClient

    return {run: {"parent": it["parent"], "status": it["status"], "parameters": it["parameters"],
                  "metrics": {metric: [(step, value) for step, value, _ in points]
                              for metric, points in it["metrics"].items() if metric != "epoch_seconds"}}
            for run, it in shown(MlflowClient(tracking_uri=uri), name).items()}


def main(typed: list[str] | None = None) -> list[Row]:
    """The command line."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=3, metavar="N")
    options.add_argument("--trials", type=int, default=4, metavar="N", help="in the search of each study")
    options.add_argument("--space", type=Path, default=SPACE, metavar="FILE", help="another sweep than the quickstart")
    arguments = options.parse_args(sys.argv[1:] if typed is None else typed)
    asked = yaml.safe_load(arguments.space.read_text())
    asked["search"]["trials"] = arguments.trials
    measured: dict[str, list[tuple[float, float, dict[str, Any]]]] = {mode: [] for mode in MODES}
    for _ in range(arguments.rounds):
        for mode in MODES:
            measured[mode].append(measure(mode, asked))
    usual = measured["passes"][0][2]
    rows: list[Row] = [{"MLflow's server": mode, "sweep, s": statistics.median(trained for trained, _, _ in all_of_it),
                        "doctor --fix, s": statistics.median(completed for _, completed, _ in all_of_it),
                        "records": "equal" if all(seen == usual for _, _, seen in all_of_it) else "different"}
                       for mode, all_of_it in measured.items()]
    publish("mlflow_out", beside_the_first(rows, "sweep, s"), arguments.out)
    return rows


if __name__ == "__main__":
    main()
