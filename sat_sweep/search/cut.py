"""Where to cut searches that cannot go on: every study of a condition keeps as many trials as the others."""

from __future__ import annotations

from collections.abc import Sequence

from sat_sweep.search.study_search import StudySearch


def fair_number(searches: Sequence[StudySearch]) -> int | None:
    """How many trials of each of `searches`, those of one condition, count if they end now; None if all have ended.

    As many as all of them have behind them without a gap, in whole batches if there is one; 0 where a study has not
    even its first. One that has ended keeps no other back: it had them all, or a single trial and nothing to search.
    """
    open_ones = [search for search in searches if not search.finished]
    if not open_ones:
        return None
    common, batch = min(search.behind for search in open_ones), open_ones[0].study.batch
    return common - common % batch if common >= batch else common
