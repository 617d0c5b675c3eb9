"""Sweeps from Python: launch one, follow it, read its answer."""

from sat_sweep.api.sweep import Sweep, launch

__all__ = ["Sweep", "launch"]
