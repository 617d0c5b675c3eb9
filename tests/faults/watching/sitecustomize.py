"""Python imports this at its start; it watches and hurries the package, of which nothing else is changed.

Every epoch that is trained leaves a line in the file that EPOCHS_TRAINED names, the signature after it: a process that
is killed has left what it trained. EPOCH_SECONDS is how long any epoch may take, where nobody wants to wait.
CLOCK is a file that says by how many seconds the clock that Python tells is wrong at the moment, WORKERS_CLOCK how many
those of Ray's workers are; clocks that are never set, files and databases keep the right time.
"""

import os
import sys
import time
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import PathFinder


def watch(writer):
    usual, file = writer.TrajectoryWriter.add, os.environ["EPOCHS_TRAINED"]

    def add(self, record, *given, **named):
        with open(file, "a") as trained:
            trained.write(f"{record.signature}\n")
        return usual(self, record, *given, **named)

    writer.TrajectoryWriter.add = add


def hurry(epoch_limit):
    seconds = float(os.environ["EPOCH_SECONDS"])
    epoch_limit.LEAST, epoch_limit.FIRST, epoch_limit.TICK = seconds, seconds, seconds / 10
    epoch_limit.SPARE = seconds / 2


def wrong_clock(usual, wrong_by):
    return lambda: usual() + float(wrong_by())


def read(file):
    with open(file) as content:
        return content.read()


CHANGED = {"EPOCHS_TRAINED": ("sat_sweep.training.trajectory.writer", watch),
           "EPOCH_SECONDS": ("sat_sweep.execution.epoch_limit", hurry)}


class Changing(MetaPathFinder, Loader):
    """Finds modules as Python does, and changes them once they are there."""

    def __init__(self, module, change):
        self.module, self.change = module, change

    def find_spec(self, name, path, target=None):
        if name != self.module:
            return None
        spec = PathFinder.find_spec(name, path, target)
        self.usual, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec):
        return self.usual.create_module(spec)

    def exec_module(self, module):
        self.usual.exec_module(module)
        self.change(module)


if "CLOCK" in os.environ:
    time.time = wrong_clock(time.time, lambda: read(os.environ["CLOCK"]))
if "WORKERS_CLOCK" in os.environ and any("default_worker" in word for word in sys.orig_argv):
    time.time = wrong_clock(time.time, lambda: os.environ["WORKERS_CLOCK"])
sys.meta_path[:0] = [Changing(*CHANGED[variable]) for variable in CHANGED if variable in os.environ]
