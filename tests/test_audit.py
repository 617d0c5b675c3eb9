"""What .ci/audit makes of pip-audit's answers."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

SCRIPT = runpy.run_path(str(Path(__file__).parents[1] / ".ci" / "audit"))
FLAW = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["2.0"], "description": ""}


def package(name: str, *flaws: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "vulns": list(flaws)}


UNASKED = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(("packages", "status", "said"), [
    ([package("a"), package("b", FLAW)], 1, "b 1.0: PYSEC-2026-1, mended in 2.0"),
    ([package("b", {**FLAW, "fix_versions": []})], 1, "not mended yet"),
    ([package("a"), UNASKED], 0, "1 of 2 packages asked about"),
    ([UNASKED, UNASKED], 0, "skipped"), ([], 0, "skipped"),
])
def test_a_vulnerable_version_fails_and_a_database_out_of_reach_does_not(packages, status, said):
    ended, lines = SCRIPT["verdict"]({"dependencies": packages})
    assert ended == status
    assert said in "\n".join(lines)


@pytest.mark.parametrize("known", ["PYSEC-2026-1", "CVE-2026-1"])
def test_what_is_known_and_has_its_reason_does_not_fail(monkeypatch, known):
    monkeypatch.setitem(SCRIPT["verdict"].__globals__["KNOWN"], known, "it needs a pickle, and we load none")
    assert SCRIPT["verdict"]({"dependencies": [package("b", FLAW)]})[0] == 0


def test_every_known_one_has_a_reason():
    assert all(len(reason) > 20 for reason in SCRIPT["KNOWN"].values())
