"""Label and input noise, one file per kind; a file that lies here and registers itself is known."""

from sat_sweep.data.noise._base import AnyNoise, Corrupted, NoiseLevel, NoiseSpec, apply_noise, noises, register
from sat_sweep.data.noise._class_conditional import ClassConditional, corrupt_labels, transition_matrix

__all__ = [
    "AnyNoise",
    "ClassConditional",
    "Corrupted",
    "NoiseLevel",
    "NoiseSpec",
    "apply_noise",
    "corrupt_labels",
    "noises",
    "register",
    "transition_matrix",
]
