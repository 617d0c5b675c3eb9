"""Stock Ray Tune under the faults of the campaign: `python -m tests.faults.stock --seeds 2`; goes on where it was.

Each round leaves a line of JSON in the record: what `judged` counts. Nothing is asserted: it is what was seen.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.faults.stock.experiment import outcomes
from tests.faults.stock.judged import Reference, judged
from tests.faults.stock.kinds import KINDS
from tests.faults.stock.round import StockRound


def do_round(seed: int, name: str, reference: Reference) -> dict[str, Any]:
    """One round and what has become of it."""
    kind, began = KINDS[name], time.monotonic()
    with kind.around() as more:
        this = StockRound(seed, **kind.how, **{key: value for key, value in more.items() if key == "proxy"})
        try:
            this.start()
            kind.fault(this)
            this.finish()
            seconds = round(time.monotonic() - began)
            return {"kind": name, "seed": seed, "seconds": seconds, **judged(this, reference),
                    "said": [launch.said[-1500:] for launch in this.launches if launch.status != 0]}
        finally:
            this.close()


def undisturbed(file: Path) -> Reference:
    """The accuracies of the undisturbed run, kept in a `file`."""
    if not file.exists():
        this = StockRound(0)
        try:
            this.start()
            assert this.end().status == 0, this.launches[-1].said
            found = {trial.name: trial.accuracies for trial in outcomes(Path(this.experiment))}
            file.write_text(json.dumps(found))
        finally:
            this.close()
    return {name: {int(epoch): value for epoch, value in accuracies.items()}
            for name, accuracies in json.loads(file.read_text()).items()}


def main() -> int:
    """Run what the record lacks."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=2)
    asked.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    asked.add_argument("--record", type=Path, default=Path("stock.jsonl"))
    given = asked.parse_args()
    reference = undisturbed(given.record.with_suffix(".reference.json"))
    lines = given.record.read_text().splitlines() if given.record.exists() else []
    done = {(line["kind"], line["seed"]) for line in map(json.loads, lines)}
    for seed in range(given.seeds):
        for name in given.kinds:
            if (name, seed) not in done:
                line = do_round(seed, name, reference)
                with given.record.open("a") as record:
                    record.write(json.dumps(line) + "\n")
                print({key: value for key, value in line.items() if key != "said"}, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
