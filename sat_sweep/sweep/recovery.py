"""The record of a sweep made anew where it and its copy are damaged: from the space file, results and status."""

from __future__ import annotations

import time
from contextlib import suppress

from sat_sweep.config.space import SpaceFile
from sat_sweep.home import Damaged, SweepHome, SweepRecord, redacted
from sat_sweep.home.status import read_status
from sat_sweep.home.warn import warn_once


def remembered(sweep: SweepHome, space: SpaceFile, text: str) -> SweepRecord | None:
    """The record of `sweep`, None if there is none.

    One that is damaged is made anew from `space`, whose file has this `text`, if that is what was launched before;
    raises Damaged if it is not, since then nobody knows what the results are of.
    """
    try:
        return sweep.describe()
    except Damaged:
        if redacted(text) != sweep.space_text():
            raise
    warn_once(f"sweep.json of sweep '{sweep.name}' and its copy are damaged; they are made anew from the space file")
    return SweepRecord(sweep.name, space=space.model_dump(mode="json"),
                       extended_by=max(0, _trials(sweep) - space.search.trials), created=_begin(sweep))


def _trials(sweep: SweepHome) -> int:
    """How many trials a study had, as far as results and status tell; the sweep may have been extended."""
    numbers = [result.number + 1 for result in sweep.results() if result.stage == "search"]
    with suppress(Damaged):
        numbers += [study.budget for study in read_status(sweep).studies if study.stage == "search"]
    return max(numbers, default=0)


def _begin(sweep: SweepHome) -> float:
    return min((result.started for result in sweep.results()), default=time.time())
