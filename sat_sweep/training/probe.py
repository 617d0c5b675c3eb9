"""What a trial asks of its device, measured on a few seconds of its own training that nobody keeps."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from sat_sweep.data import Dataset
from sat_sweep.data.device import DeviceData, DevicePart
from sat_sweep.imports.lazy import torch
from sat_sweep.training.loop import Trial, prepare_torch
from sat_sweep.training.run import TrainingRun
from sat_sweep.training.spec import TrialSpec

STEPS = 50
"""Steps between two looks at the clock: few enough for slow networks, many enough to hide the look."""


@dataclass(frozen=True)
class Load:
    """Training images per second, and the share in [0, 1] of the device's memory that is in use, by everybody on it.

    On a CPU the share is 0: memory there is not what trials compete for.
    """

    images_per_second: float
    memory: float


class Probe:
    """A trial with all its data on the device; it trains the last epoch's kind of step, when every method acts."""

    def __init__(self, spec: TrialSpec, dataset: Dataset | None = None) -> None:
        prepare_torch(spec)
        trial = Trial(spec, dataset)
        self._run = TrainingRun(spec, trial.data, trial.method)
        self._everything = self._run.data  # stays on the device, as it does in a real trial
        some = beginning(self._everything, STEPS * spec.training.batch_size)
        self._run.data = replace(some, validation=None, test=None)

    def train(self, seconds: float) -> Load:
        """Train for `seconds` and at least for one round of steps."""
        images, started, passed = 0, time.perf_counter(), 0.0
        while not images or passed < seconds:
            self._run.train_epoch(self._run.spec.training.epochs)
            images += self._run.data.examples_per_epoch
            passed = time.perf_counter() - started
        return Load(images / passed, self._memory())

    def _memory(self) -> float:
        if self._run.device.type != "cuda":
            return 0.0
        free, total = torch.cuda.mem_get_info(self._run.device)
        return 1 - free / total


def beginning(data: DeviceData, count: int) -> DeviceData:
    """`data` with an epoch of `count` examples at most: the first of what is trained on, labelled ones before others.

    One is without a label wherever any were.
    """
    train = head(data.train, count)
    if (others := data.unlabelled) is None:
        return replace(data, train=train)
    left = max(1, count - len(train.labels))
    true = others.true_labels[:left] if others.true_labels is not None else None
    return replace(data, train=train, unlabelled=replace(others, inputs=others.inputs[:left], true_labels=true))


def head(part: DevicePart, count: int) -> DevicePart:
    """The first `count` examples."""
    true, wrong = part.true_labels, part.wrong
    return DevicePart(part.inputs[:count], part.labels[:count], true[:count] if true is not None else None,
                      wrong[:count] if wrong is not None else None)
