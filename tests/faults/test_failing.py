"""Trials that raise or whose numbers are not finite any more: their method's own failure, and nobody else's."""

from __future__ import annotations

from collections.abc import Mapping

from sat_sweep.errors import ExitStatus
from sat_sweep.home import Result
from tests.faults.plug_in import space, write
from tests.faults.round import Round, a_round

WRONG = {"raising": "raise ValueError('no such loss')", "diverging": "loss = loss * float('nan')"}


def ended_twice(this: Round) -> Mapping[str, Result]:
    """The results of a sweep in which a method fails: launched again it says the same, and trains nothing."""
    write(this, **WRONG)
    this.start()
    first = this.end()
    trained, results = this.trained_epochs(), this.lab.results()
    this.start()
    second = this.end()
    for launch in (first, second):
        assert launch.status == ExitStatus.INCOMPLETE, launch.said
        assert "raising/symmetric-0.4 has no usable trial" in launch.said
        assert this.serial or "Traceback" not in launch.said  # without Ray, for debugging, there it is
    assert (this.trained_epochs(), this.lab.results()) == (trained, results)
    assert this.strays() == []
    return {result.name: result for result in this.lab.sweep.results()}


def check_failures(results: Mapping[str, Result]) -> None:
    raised, diverged = (results[f"{method}/symmetric-0.4/search-0000"] for method in WRONG)
    assert (raised.state, raised.reason) == ("failed", "ValueError: no such loss")
    assert (diverged.state, (diverged.reason or "")[:8]) == ("failed", "epoch 2:")


def test_they_fail_and_the_others_do_not() -> None:
    with a_round(0, text=space("ce", *WRONG)) as this:
        results = ended_twice(this)
        check_failures(results)
        assert [result.state for name, result in results.items() if name.startswith("ce/")] == ["complete"] * 3
        assert len(results) == 3 + len(WRONG)


def test_where_all_fail_the_sweep_ends_and_its_report_says_so() -> None:
    with a_round(0, text=space(*WRONG), serial=True) as this:
        results = ended_twice(this)
        check_failures(results)
        rows = this.lab.report()["rows"]
        assert [row["trials"] for row in rows] == [{"complete": 0, "pruned": 0, "failed": 1}] * len(WRONG)
        assert [row["seeds"] for row in rows] == [0] * len(WRONG)
        assert "no usable trial" in (this.home / "tiny/report/report.md").read_text()
