"""Budgets that run out in the middle."""

from __future__ import annotations

from tests.faults.round import SPACE, Round

SMALLEST = f"{SPACE}budget: {{hours: 0.00001}}\n"
"""One trial of each study is searched all the same."""


def runs_out(this: Round) -> None:
    """It ends the search and the winners are confirmed; then so does a larger one; then there is none any more."""
    first = this.end()
    assert "the budget ends the search after" in first.said, first.said
    searched, totals = this.lab.sweep.describe().searched, this.lab.report()["rows"]
    assert [row["trials"]["complete"] + row["trials"]["pruned"] for row in totals] == list(searched.values())
    this.text = f"{SPACE}budget: {{hours: {this.choice.uniform(0.001, 0.01)}}}\n"
    this.relaunch()
    if this.choice.random() < 0.5:
        this.moment((4, 9))
        this.kill_all()
    this.end()
    this.text = SPACE
    this.relaunch()
