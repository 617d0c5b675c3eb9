"""One file per method; a method string such as `sat+reset` composes one objective with dynamics."""

from sat_sweep.methods.base import (
    Algorithm,
    Batch,
    Dynamics,
    Method,
    Need,
    Network,
    Objective,
    Record,
    Run,
    Setting,
    Tools,
    Update,
    register,
    registry,
)
from sat_sweep.methods.compose import Composition, needs, parse

__all__ = ["Algorithm", "Batch", "Composition", "Dynamics", "Method", "Need", "Network", "Objective", "Record", "Run",
           "Setting", "Tools", "Update", "needs", "parse", "register", "registry"]
