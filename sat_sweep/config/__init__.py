"""From a space file to validated settings, and from these to studies and trials."""

from sat_sweep.config.changes import changes
from sat_sweep.config.data_checks import check_data
from sat_sweep.config.loader import dump, load_space, load_trial
from sat_sweep.config.plan import Plan, plan
from sat_sweep.config.schema import space_schema
from sat_sweep.config.space import SpaceFile
from sat_sweep.config.study import Dimension, Study

__all__ = [
    "Dimension",
    "Plan",
    "SpaceFile",
    "Study",
    "changes",
    "check_data",
    "dump",
    "load_space",
    "load_trial",
    "plan",
    "space_schema",
]
