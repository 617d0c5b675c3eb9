"""A finished sweep's winner as a model: weights, operations, classes, preprocessing, card."""

from sat_sweep.export.predictor import Model, ModelError, load

__all__ = ["Model", "ModelError", "load"]
