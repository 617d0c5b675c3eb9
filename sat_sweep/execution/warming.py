"""Imported by workers that wait for their first trial: everything it will need, as fast as that goes."""

from sat_sweep.collector import importing

with importing():
    import sat_sweep.execution.trainable  # noqa: F401
