"""Imported by workers that wait for their first trial: everything it will need, as fast as that goes."""

from sat_sweep.imports.collector import no_collection

with no_collection():
    import sat_sweep.execution.ray_tune.trainable  # noqa: F401
