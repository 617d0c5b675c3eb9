"""The learning-rate range test: the rate rises from tiny to large within a few epochs, and accuracy is followed.

Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, arXiv 1506.01186, section 3.3. From fresh
weights, once the share s in [0, 1) of all steps is behind:

    rate(s) = low * (high / low)**s,   or in a straight line   low + (high - low) * s

The method is trained as in the first epochs of the trial, whatever schedule there is. At up to `POINTS` places it is
measured: the mean loss of the steps since the place before, and accuracy on given labels of at most `EXAMPLES`
validation examples; true labels are never read. The test ends early when the loss explodes: it is no longer finite, or
lies more than `EXPLODED` times ln C above its lowest value (ln C is the cross-entropy of guessing among C classes).
Nothing is kept of the trained weights. What the curve suggests is in `lr_bounds`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sat_sweep.data import Dataset, steps_per_epoch
from sat_sweep.data.device import DevicePart
from sat_sweep.imports.lazy import torch
from sat_sweep.tasks.base import EVALUATION_BATCH, of_classes
from sat_sweep.training.loop import Trial, prepare_torch
from sat_sweep.training.run import TrainingRun
from sat_sweep.training.spec import TrialSpec

POINTS, EXAMPLES = 100, 2000
SMOOTHING = 0.8
"""How much of the moving average of the loss is kept from point to point."""
EXPLODED = 2.0


@dataclass(frozen=True)
class Rates:
    """Learning rates from `low` to `high`, both above 0; exponential unless `linear`."""

    low: float
    high: float
    linear: bool = False

    def at(self, share: float) -> float:
        """The rate once this `share` in [0, 1] of the test is behind."""
        if self.linear:
            return self.low + (self.high - self.low) * share
        return self.low * math.exp(share * math.log(self.high / self.low))


class Point(NamedTuple):
    """The learning rate of the latest step, the mean loss since the point before, and validation accuracy now."""

    rate: float
    loss: float
    accuracy: float


@dataclass(frozen=True)
class Curve:
    """What a range test has measured; `start` is the accuracy before the first step, on so many `examples`."""

    points: tuple[Point, ...]
    start: float
    examples: int
    exploded: bool

    @property
    def rates(self) -> list[float]:
        """The learning rate at each point, rising."""
        return [point.rate for point in self.points]

    @property
    def accuracies(self) -> list[float]:
        """Accuracy on noisy validation labels at each point."""
        return [point.accuracy for point in self.points]

    @property
    def losses(self) -> list[float]:
        """The moving average of the training loss at each point."""
        return averaged([point.loss for point in self.points])


def averaged(losses: Sequence[float]) -> list[float]:
    """The exponential moving average of `losses` at each place, corrected for its start."""
    average, kept = 0.0, []
    for number, loss in enumerate(losses, start=1):
        average = SMOOTHING * average + (1 - SMOOTHING) * loss
        kept.append(average / (1 - SMOOTHING**number))
    return kept


def has_exploded(losses: Sequence[float], classes: int) -> bool:
    """Whether training has broken down by the latest of `losses`, a moving average, with so many `classes`."""
    return not math.isfinite(losses[-1]) or losses[-1] - min(losses) > EXPLODED * math.log(classes)


def range_test(spec: TrialSpec, rates: Rates, epochs: int, dataset: Dataset | None = None) -> Curve:
    """Train the trial `spec` anew with rising `rates` for so many `epochs`; nothing is stored.

    `dataset` spares loading the data. Validation examples are held out even if the trial would train on them. Sets
    torch's number of threads for this process.
    """
    longer = spec.training.model_copy(update={"epochs": max(epochs, spec.training.epochs)})
    tested = spec.model_copy(update={"training": longer, "train_on": "train", "evaluate": "noisy"})
    prepare_torch(tested)
    trial = Trial(tested, dataset)
    run = TrainingRun(tested, trial.data, trial.method)
    part = _some_of(run.data.validation)
    start, points = _accuracy(run, part), list[Point]()
    for point in _measured(run, rates, epochs, part):
        exploded = has_exploded(averaged([*(known.loss for known in points), point.loss]), run.classes)
        if exploded:
            break
        points.append(point)
    return Curve(tuple(points), start, len(part.labels), exploded)


def _measured(run: TrainingRun, rates: Rates, epochs: int, part: DevicePart) -> Iterator[Point]:
    """A point whenever a further part of `POINTS` of the test is behind, or after each step where there are fewer."""
    losses: list[torch.Tensor] = []
    for epoch in range(1, epochs + 1):
        run.begin(epoch)
        run.method.begin_epoch(run)
        steps = steps_per_epoch(run.data.examples_per_epoch, run.settings.batch_size)
        behind = [(epoch - 1 + step / steps) / epochs for step in range(steps + 1)]
        run.change(learning_rate=rates.at(behind[0]))
        for step, (_, update) in enumerate(run.steps(epoch)):
            losses.append(update.loss)
            if int(POINTS * behind[step + 1]) > int(POINTS * behind[step]):
                yield Point(rates.at(behind[step]), torch.stack(losses).mean().item(), _accuracy(run, part))
                losses.clear()
                run.learning()
            run.change(learning_rate=rates.at(behind[step + 1]))
        run.method.end_epoch(run)


def _some_of(part: DevicePart | None) -> DevicePart:
    """Evenly chosen examples: the order may be that of the classes."""
    assert part is not None, "a trial that does not train on validation examples has them"
    every = math.ceil(len(part.labels) / EXAMPLES)
    return DevicePart(part.inputs[::every], part.labels[::every], None, None)


def _accuracy(run: TrainingRun, part: DevicePart) -> float:
    run.evaluating()
    with torch.no_grad():
        logits = torch.cat([run.method.predict(run, inputs) for inputs in part.inputs.split(EVALUATION_BATCH)])
    return (of_classes(logits, run.classes).argmax(dim=1) == part.labels).float().mean().item()
