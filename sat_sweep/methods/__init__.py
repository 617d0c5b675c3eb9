"""One file per method; a method string such as `sat+reset` composes one objective with dynamics."""

from sat_sweep.methods.base import Algorithm, Dynamics, LabelLoss, Method, Need, Objective, register, registry
from sat_sweep.methods.compose import Composition, needs, parse, told
from sat_sweep.methods.tools import Batch, Network, Record, Run, Setting, StepSettings, Tools, Update

__all__ = ["Algorithm", "Batch", "Composition", "Dynamics", "LabelLoss", "Method", "Need", "Network", "Objective",
           "Record", "Run", "Setting", "StepSettings", "Tools", "Update", "needs", "parse", "register", "registry",
           "told"]
