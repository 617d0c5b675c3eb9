"""Python imports this at its start: every epoch that is trained leaves a line in the file that a variable names.

    <signature after the epoch>

A process that is killed has left what it trained; nothing of the package is changed but that it is watched.
"""

import os
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import PathFinder

WATCHED = "sat_sweep.training.trajectory.writer"


class Watched(MetaPathFinder, Loader):
    """Finds the watched module as Python does, and wraps what it has defined."""

    def find_spec(self, name, path, target=None):
        if name != WATCHED:
            return None
        self._spec = PathFinder.find_spec(name, path, target)
        self._usual, self._spec.loader = self._spec.loader, self
        return self._spec

    def create_module(self, spec):
        return self._usual.create_module(spec)

    def exec_module(self, module):
        self._usual.exec_module(module)
        usual = module.TrajectoryWriter.add

        def add(self, record, *given, **named):
            with open(os.environ["EPOCHS_TRAINED"], "a") as file:
                file.write(f"{record.signature}\n")
            return usual(self, record, *given, **named)

        module.TrajectoryWriter.add = add


if "EPOCHS_TRAINED" in os.environ:
    sys.meta_path.insert(0, Watched())
