"""How the weight of a further term of a loss rises over epochs.

In temporal ensembling, mean teachers and their relatives as in Laine & Aila, "Temporal Ensembling for Semi-Supervised
Learning", ICLR 2017, arXiv 1610.02242, appendix A; elsewhere in a straight line.
"""

from __future__ import annotations

import math


def ramp_up(epoch: int, ramp: int) -> float:
    """The share in (0, 1] of its full weight that consistency has in `epoch`; 1 from epoch `ramp` on."""
    missing = max(0.0, 1 - epoch / ramp) if ramp else 0.0
    return math.exp(-5 * missing**2)


def linear_ramp(epoch: int, start: int, ramp: int) -> float:
    """The share in [0, 1] of its full weight that a term has in `epoch`: 0 up to `start`, 1 `ramp` epochs later."""
    return float(min(1.0, max(0, epoch - start) / ramp) if ramp else epoch > start)
