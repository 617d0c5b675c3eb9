"""Networks: one file per kind; a file that lies here and registers itself is known everywhere."""

from sat_sweep.models._base import AnyModel, ModelSpec, build_model, content_of, models, register
from sat_sweep.models._start import chosen_by, head_of, replace_head

__all__ = ["AnyModel", "ModelSpec", "build_model", "chosen_by", "content_of", "head_of", "models", "register",
           "replace_head"]
