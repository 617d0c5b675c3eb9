"""One file per method; a method string such as `sat+reset` composes one objective with dynamics."""

from sat_sweep.methods.base import Algorithm, Dynamics, LabelLoss, Method, Need, Objective, register, registry
from sat_sweep.methods.compose import Composition, needs, own_parameters, parse, shortest_with, told, unweighted
from sat_sweep.methods.tools import (
    Batch,
    Network,
    Record,
    Run,
    Setting,
    StepSettings,
    Tools,
    UnlabelledBatch,
    Update,
)

__all__ = ["Algorithm", "Batch", "Composition", "Dynamics", "LabelLoss", "Method", "Need", "Network", "Objective",
           "Record", "Run", "Setting", "StepSettings", "Tools", "UnlabelledBatch", "Update", "needs",
           "own_parameters", "parse", "register", "registry", "shortest_with", "told", "unweighted"]
