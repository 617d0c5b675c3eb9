"""sat-sweep: distributed hyperparameter sweeps for training under label noise.

What a notebook needs (read a space file, plan it, train a trial, read a sweep, report) and what a plug-in inherits from
and registers with. Each name is imported from its room when it is first used, so that importing the package is instant.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sat_sweep.api import Sweep, launch
    from sat_sweep.config import Plan, SpaceFile, Study, load_space, load_trial, plan
    from sat_sweep.data import (
        ClassConditional,
        Corrupted,
        Counts,
        Dataset,
        DatasetSpec,
        NoiseLevel,
        NoiseSpec,
        Source,
        corrupt_labels,
        register_augmentation,
        register_dataset,
        register_noise,
        transition_matrix,
    )
    from sat_sweep.errors import SpaceFileError, UserError
    from sat_sweep.home import Home, Result, SweepHome
    from sat_sweep.methods import (
        Algorithm,
        Batch,
        Dynamics,
        LabelLoss,
        Need,
        Network,
        Objective,
        Record,
        Run,
        Setting,
        Tools,
        Update,
    )
    from sat_sweep.methods import register as register_method
    from sat_sweep.methods.parameters import Choices, OfEpochs, OfSteps, Parameters, Range, hyperparameter
    from sat_sweep.models import ModelSpec
    from sat_sweep.models import register as register_network
    from sat_sweep.report import Report, build_report, table_text
    from sat_sweep.tasks import Evaluation, Measure, Selection, Task, logits_of, of_classes
    from sat_sweep.tasks import register as register_task
    from sat_sweep.training import EpochRecord, TrajectoryStore, TrialSpec, epochs

__version__ = "0.1.0"

__all__ = [
    "Algorithm", "Batch", "Choices", "ClassConditional", "Corrupted", "Counts", "Dataset", "DatasetSpec", "Dynamics",
    "EpochRecord", "Evaluation", "Home", "LabelLoss", "Measure", "ModelSpec", "Need", "Network", "NoiseLevel",
    "NoiseSpec", "Objective", "OfEpochs", "OfSteps", "Parameters", "Plan", "Range", "Record", "Report", "Result", "Run",
    "Selection", "Setting", "Source", "SpaceFile", "SpaceFileError", "Study", "Sweep", "SweepHome", "Task", "Tools",
    "TrajectoryStore", "TrialSpec", "Update", "UserError", "build_report", "corrupt_labels", "epochs",
    "hyperparameter", "launch", "load_space", "load_trial", "logits_of", "of_classes", "plan",
    "register_augmentation", "register_dataset", "register_method", "register_network", "register_noise",
    "register_task", "table_text", "transition_matrix",
]

_ROOMS = {
    "api": "Sweep launch",
    "config": "Plan SpaceFile Study load_space load_trial plan",
    "data": "ClassConditional Corrupted Counts Dataset DatasetSpec NoiseLevel NoiseSpec Source corrupt_labels "
            "register_augmentation register_dataset register_noise transition_matrix",
    "errors": "SpaceFileError UserError",
    "home": "Home Result SweepHome",
    "methods": "Algorithm Batch Dynamics LabelLoss Need Network Objective Record Run Setting Tools Update "
               "register_method",
    "methods.parameters": "Choices OfEpochs OfSteps Parameters Range hyperparameter",
    "models": "ModelSpec register_network",
    "report": "Report build_report table_text",
    "tasks": "Evaluation Measure Selection Task logits_of of_classes register_task",
    "training": "EpochRecord TrajectoryStore TrialSpec epochs",
}
_REGISTER = {"register_method": "register", "register_network": "register", "register_task": "register"}
"""What has a longer name here than in its room."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """One of the names above, from then on an attribute like any other."""
        for room, names in _ROOMS.items():
            if name in names.split():
                value = getattr(import_module(f"sat_sweep.{room}"), _REGISTER.get(name, name))
                globals()[name] = value
                return value
        raise AttributeError(f"module 'sat_sweep' has no attribute '{name}'")

    def __dir__() -> list[str]:
        """For completion in a notebook."""
        return sorted({*globals(), *__all__})
