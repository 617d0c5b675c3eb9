"""From a space file to validated settings, and from these to studies and trials.

Nothing here imports torch: a mistake in a file is told before anything heavy is loaded. What only the data can tell
stands in `data_checks`, for those who have loaded them.
"""

from sat_sweep.config.changes import changes
from sat_sweep.config.loader import dump, load_space, load_trial, recorded_space
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
    "dump",
    "load_space",
    "load_trial",
    "plan",
    "recorded_space",
    "space_schema",
]
