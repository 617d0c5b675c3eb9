"""Networks: one file per family; a file that lies here and registers itself is known everywhere."""

from sat_sweep.models._base import AnyModel, ModelSpec, build_model, models, register

__all__ = ["AnyModel", "ModelSpec", "build_model", "models", "register"]
