"""How the weight of a consistency term rises, in temporal ensembling, mean teachers and their relatives.

Laine & Aila, "Temporal Ensembling for Semi-Supervised Learning", ICLR 2017, arXiv 1610.02242, appendix A.
"""

from __future__ import annotations

import math


def ramp_up(epoch: int, ramp: int) -> float:
    """The share in (0, 1] of its full weight that consistency has in `epoch`; 1 from epoch `ramp` on."""
    missing = max(0.0, 1 - epoch / ramp) if ramp else 0.0
    return math.exp(-5 * missing**2)
