"""Is everything of a sweep as it should be, and if not, what can be made again: `audit` and `repair`."""

from sat_sweep.doctor.audit import audit
from sat_sweep.doctor.finding import Finding
from sat_sweep.doctor.repair import repair
from sat_sweep.doctor.subject import Subject

__all__ = ["Finding", "Subject", "audit", "repair"]
