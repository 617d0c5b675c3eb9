"""What code must keep to take part in a sweep: the checks that our own parts pass, for anybody's."""

from sat_sweep.conformance.check import Broken, Finding
from sat_sweep.conformance.examine import Subject, brought_by, examined

__all__ = ["Broken", "Finding", "Subject", "brought_by", "examined"]
