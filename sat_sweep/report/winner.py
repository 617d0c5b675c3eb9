"""Which search trial of a study wins, told from results alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sat_sweep.home import Result

if TYPE_CHECKING:
    from sat_sweep.tasks import Measure


def winner(results: Iterable[Result], measure: Measure) -> Result | None:
    """The search trial that ran to its end and has the best score by `measure`, the first of equals; None without one.

    Confirm trials, and search trials that were pruned or failed, cannot win.
    """
    usable = [(result.value, result) for result in results
              if result.stage == "search" and result.state == "complete" and result.value is not None]
    return usable[measure.best([value for value, _ in usable])][1] if usable else None
