"""One file per method; a method string such as `sat+reset` composes one objective with dynamics."""

from sat_sweep.methods.base import Batch, Dynamics, Method, Objective, Setting, register, registry
from sat_sweep.methods.compose import Composition, parse

__all__ = ["Batch", "Composition", "Dynamics", "Method", "Objective", "Setting", "parse", "register", "registry"]
