"""The long form: `python -m tests.faults.campaign --rounds 1000`, which goes on where it was interrupted.

Round n breaks the n-th kind of fault, over and over, at a moment that its number decides. Each leaves a line of JSON in
the record: round, kind, seconds, launches, violations, and the commit that was tried. Status 1 if any round has one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.faults.audited import violations
from tests.faults.kinds import KINDS
from tests.faults.round import ROOT, a_round, undisturbed

Reference = tuple[Mapping[str, Any], Mapping[str, Any]]


def do_round(seed: int, name: str, reference: Reference, serial: bool | None = None) -> dict[str, Any]:
    """One round and what was wrong with it."""
    kind, began = KINDS[name], time.monotonic()
    how = {"serial": kind.serial if serial is None else serial, **kind.how}
    with kind.around() as more, a_round(seed, **how, **more) as this:
        this.start()
        try:
            kind.fault(this)
            this.finish()
            found = violations(this, reference, kind.statuses, damages=kind.damages, one_clock=kind.one_clock)
        except Exception:  # the campaign goes on, whatever a fault has met with
            found = [traceback.format_exc()]
        return {"round": seed, "kind": name, "seconds": round(time.monotonic() - began, 1),
                "launches": [launch.status for launch in this.launches], "violations": found,
                "said": [launch.said[:3000] for launch in this.launches] if found else []}


def main() -> int:
    """Run what the record lacks of the rounds that are asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=len(KINDS))
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--side-by-side", type=int, default=1, metavar="N", help="a round waits for much of its time")
    asked.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    asked.add_argument("--record", type=Path, default=Path("faults.jsonl"))
    given = asked.parse_args()
    known = [json.loads(line) for line in given.record.read_text().splitlines()] if given.record.exists() else []
    done = {(line["round"], line["kind"]) for line in known}
    numbers = range(given.first, given.first + given.rounds)
    wanted = [(number, given.kinds[number % len(given.kinds)]) for number in numbers]
    for line in _rounds([one for one in wanted if one not in done], given.side_by_side):
        known.append(line)
        with given.record.open("a") as record:
            record.write(json.dumps(line) + "\n")
        print(f"{line['round']}: {line['kind']}: {line['seconds']} s, {line['launches']}", *line["violations"],
              sep="\n  ", flush=True)
    bad = [line for line in known if line["violations"]]
    print(f"{len(known)} rounds, {len(bad)} with a violation")
    return 1 if bad else 0


def _rounds(wanted: Sequence[tuple[int, str]], side_by_side: int) -> Iterator[dict[str, Any]]:
    """Do them, so many at a time, each in a process that does some and goes; as they end."""
    reference, commit = undisturbed(), _commit()
    with ProcessPoolExecutor(side_by_side, get_context("spawn"), max_tasks_per_child=20) as processes:
        under_way = [processes.submit(do_round, number, name, reference) for number, name in wanted]
        try:
            for ended in as_completed(under_way):
                yield {**ended.result(), "commit": commit}
        finally:  # one that is interrupted lets those end that have begun
            processes.shutdown(cancel_futures=True)


def _commit() -> str:
    """What is tried here."""
    return subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True,
                          text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())


