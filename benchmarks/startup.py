"""How long from the command to the first finished trial, and where do the seconds go?

Launches a space file in a fresh home (by default the quickstart, one confirmation seed, two trials per study) and
watches the home from outside:

    described      sweep.json is there: the file is read and checked, torch imported, data loaded, Ray runs
    driver works   status.json is there: the studies are open
    first start    a worker has started the first trial
    first stored   the first file is in the trajectory store: a worker has imported torch, built data and network,
                   and trained for about a second
    first result   the first trial has ended and its result file is there
    end            the whole command

All are seconds since the command was started; `took` is since the line before.

    python -m benchmarks.startup                    about 2 min
    python -m benchmarks.startup --tricks           what each trick of the start saves, in turns; 15 min if all is calm
    python -m benchmarks.startup --stop             ends the sweep after its first result
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import yaml

from benchmarks.common import ROOT, Row, parser, publish
from benchmarks.tricks import TRICKS, without

WATCH = 0.02
NAME = "startup"


def shortened(space: Path, trials: int | None) -> str:
    """The space file with few trials and one confirmation seed, or as it is."""
    content = yaml.safe_load(space.read_text())
    content["name"] = NAME
    if trials is not None:
        content["search"] = {**content.get("search", {}), "trials": trials}
        content["confirm"] = {**content.get("confirm", {}), "seeds": 1}
    return json.dumps(content)


def signs(home: Path) -> dict[str, Callable[[], bool]]:
    """What can be seen in the home, in the order in which it appears."""
    sweep = home / NAME
    return {
        "described": (sweep / "sweep.json").exists,
        "driver works": (sweep / "status.json").exists,
        "first stored": lambda: any(home.glob("trajectories/*/*")),
        "first result": lambda: any(sweep.glob("results/**/*.json")),
    }


def watch(process: subprocess.Popen, home: Path, started: float) -> Iterator[tuple[str, float]]:
    """Each sign with the seconds after which it was first seen."""
    for name, seen in signs(home).items():
        while not seen():
            if process.poll() is not None and not seen():
                return
            time.sleep(WATCH)
        yield name, time.time() - started


def measure(file: Path, home: Path, arguments: argparse.Namespace, **environment: str) -> list[Row]:
    """Launch and watch."""
    command = [sys.executable, "-m", "sat_sweep", "launch", str(file), "--home", str(home), "--yes",
               "--workers", str(arguments.workers)]
    with (home.parent / "log.txt").open("w") as log:
        started = time.time()
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
                                   env={**os.environ, **environment})
        seen = dict(watch(process, home, started))
        if arguments.stop:
            process.send_signal(signal.SIGINT)
        process.wait()
        seen["end"] = time.time() - started
    if "first result" not in seen:
        raise SystemExit(f"no trial has ended:\n{(home.parent / 'log.txt').read_text()[-3000:]}")
    starts = [json.loads(path.read_text())["started"] for path in (home / NAME / "results").rglob("*.json")]
    seen["first start"] = min(starts) - started
    rows, before = [], 0.0
    for name, at in sorted(seen.items(), key=lambda item: item[1]):
        rows.append({"phase": name, "at s": at, "took s": at - before})
        before = at
    return rows


def imports() -> list[Row]:
    """Seconds of the imports alone, each in a fresh process, beside an empty one."""
    def seconds(code: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
        return time.perf_counter() - started

    parts = {"python alone": "pass", "import sat_sweep.cli": "import sat_sweep.cli", "import torch": "import torch",
             "import sat_sweep.sweep": "import sat_sweep.sweep", "import ray.tune": "import ray.tune",
             "import optuna": "import optuna", "import sat_sweep.execution.ray_tune.trainable (a worker)":
                 "import sat_sweep.execution.ray_tune.trainable"}
    return [{"phase": name, "took s": seconds(code)} for name, code in parts.items()]


def tricks(file: Path, folder: Path, arguments: argparse.Namespace) -> list[Row]:
    """Seconds to the first result and to the end with all tricks and without each; medians of rounds in turns."""
    chosen = [None, *(arguments.tricks or TRICKS)]
    seen: dict[str | None, list[dict[str, float]]] = {trick: [] for trick in chosen}
    for turn in range(arguments.rounds):
        for place, trick in enumerate(chosen):
            home = folder / f"{turn}-{place}" / "home"
            home.parent.mkdir()
            environment = without(trick, home.parent / "customization")
            seen[trick].append({row["phase"]: row["at s"] for row in measure(file, home, arguments, **environment)})

    def middle(trick: str | None, phase: str) -> float:
        return median(times[phase] for times in seen[trick])

    usual = {phase: middle(None, phase) for phase in ("first result", "end")}
    return [{"without": trick or "nothing", **{phase: middle(trick, phase) for phase in usual},
             **{f"saves to {phase}": middle(trick, phase) - usual[phase] for phase in usual}} for trick in chosen]


def main(typed: list[str] | None = None) -> list[Row]:
    """The command line."""
    options = parser(__doc__)
    options.add_argument("--space", type=Path, default=ROOT / "search_spaces" / "quickstart.yaml")
    options.add_argument("--trials", type=int, default=2, help="per study")
    options.add_argument("--whole", action="store_true", help="run the space file as it is")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--stop", action="store_true", help="interrupt the sweep after its first result")
    options.add_argument("--tricks", nargs="*", metavar="TRICK", choices=list(TRICKS),
                         help=f"leave these out one by one; all by default: {', '.join(TRICKS)}")
    options.add_argument("--rounds", type=int, default=3, help="of the tricks")
    options.add_argument("--no-imports", action="store_true", help="do not measure the imports alone")
    options.add_argument("--scratch", type=Path, help="folder for the temporary home")
    arguments = options.parse_args(typed)
    with tempfile.TemporaryDirectory(prefix="startup-", dir=arguments.scratch) as folder:
        file = Path(folder) / "space.yaml"
        file.write_text(shortened(arguments.space, None if arguments.whole else arguments.trials))
        if arguments.tricks is not None:
            rows = tricks(file, Path(folder), arguments)
            publish("tricks", rows, arguments.out)
            return rows
        rows = measure(file, Path(folder) / "home", arguments)
    rows += [] if arguments.no_imports else imports()
    publish("startup", rows, arguments.out)
    return rows


if __name__ == "__main__":
    main()
