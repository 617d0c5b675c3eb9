"""Which given labels are probably wrong, told by the evidence that confirmed trials left."""

from sat_sweep.suspects.findings import Findings, find

__all__ = ["Findings", "find"]
