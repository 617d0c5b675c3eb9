"""The space file as validated objects: one class per block, one field per key.

What a single field can tell is checked here; what needs several fields is in `checks`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Strict, Tag

from sat_sweep.config.block import Block, Count, Number, Switch
from sat_sweep.config.messages import Messages
from sat_sweep.config.resources import Budget, Resources
from sat_sweep.data import AnyDataset, AnyNoise
from sat_sweep.home.names import LONGEST, PATTERN, name_problem
from sat_sweep.imports.plugins import AnyPlugin
from sat_sweep.models import AnyModel
from sat_sweep.settings import later
from sat_sweep.tasks import AnyTask, Task
from sat_sweep.tasks.classification import Classification
from sat_sweep.training.spec import TrainingSpec, Value


class Interval(Block):
    """Search between two numbers, both included."""

    low: Number
    """The lowest value."""
    high: Number
    """The highest value."""
    log: Switch = False
    """Draw the logarithm evenly; `low` must then be above 0."""
    step: Annotated[float, Strict(), Field(gt=0)] | None = None
    """Only low, low + step, low + 2 step, …"""


class Alternatives(Block):
    """Search among a few values."""

    choices: Annotated[tuple[Value, ...], Field(min_length=2)]
    """The values, without an order."""


def _kind_of_range(given: Any) -> str | None:
    match given:
        case Alternatives() | {"choices": _}:
            return "choices"
        case Interval() | dict():
            return "range"
        case bool() | int() | float() | str():
            return "value"
    return None


SearchRange = Annotated[
    Annotated[Interval, Tag("range")]
    | Annotated[Alternatives, Tag("choices")]
    | Annotated[Value, Tag("value")],
    Discriminator(_kind_of_range, custom_error_type="search_range",
                  custom_error_message="must be {low: …, high: …}, {choices: […]} or a plain value"),
]
"""What stands behind a path in `search.space`; a plain value fixes a method's parameter."""

PrunerName = Literal["asha", "median", "none"]


class Pruner(Block):
    """Which trials are stopped early."""

    name: PrunerName = "asha"
    """`asha` stops the worse of each rung, `median` whoever is below the median of earlier trials, `none` nobody."""
    grace: Literal["auto"] | Count = "auto"
    """Epochs before which nothing is stopped; `auto` lies beyond the epoch at which the last method acts."""
    reduction: Annotated[int, Strict(), Field(ge=2)] = 3
    """`asha` keeps about one in this many trials at each rung."""


def _spelt_out(given: Any) -> Any:
    return {"name": given} if isinstance(given, str) else given


AnyPruner = Annotated[Pruner, BeforeValidator(_spelt_out, json_schema_input_type=PrunerName | Pruner)]


class SearchBlock(Block):
    """How the settings of every method are searched: alike for all."""

    trials: Count = 8
    """Trials per study. A method with nothing to search runs one."""
    batch: Count = 4
    """Trials asked for together; the next batch learns from them."""
    sampler: Literal["tpe", "random", "qmc", "gp"] = "tpe"
    """Tree-structured Parzen estimator, plain chance, quasi-random points, or a Gaussian process."""
    pruner: AnyPruner = Pruner()
    """Which trials are stopped early; the name alone is enough."""
    select: Literal["last", "best"] = "last"
    """Which weights are judged: those of the last epoch, or of the best by noisy validation accuracy."""
    select_by: str | None = later(None)
    """What trials, epochs and methods are judged by, where the task offers something to choose: of `classification`
    `balanced_accuracy` or `worst_class_accuracy`, for classes of very different sizes. Null: what the task goes by."""
    smooth: Count | None = None
    """Epochs over which the selection score is averaged; a twentieth of the training if absent."""
    space: dict[str, SearchRange] = Field(default_factory=dict)
    """Ranges by path, such as `sat.momentum` or `training.optimizer.lr`; methods bring their own."""


class Confirm(Block):
    """How each study's winner is trained again."""

    seeds: Count = 5
    """Fresh seeds, the same ones for every method."""
    train_on: Literal["train", "trainval"] = "train"
    """`trainval`: the winner trains on validation images too; then only its last epoch can be judged."""


def _printable(place: str) -> str:
    if not place.isprintable():
        raise ValueError("must be text without control characters")
    return place


class Tracking(Block):
    """Where MLflow shows the sweep."""

    uri: Annotated[str, Field(min_length=1)] | None = None
    """Null: a database inside the sweep's home. Passwords come from the environment: https://${USER}:${PASSWORD}@host"""
    allow_http: Switch = False
    """Permit an unencrypted http:// address on another machine."""


class Storage(Block):
    """Where the sweep is kept."""

    home: Annotated[str, Field(min_length=1), AfterValidator(_printable)] = "sweeps"
    """A folder, relative to where the command is run, or any URI such as s3://bucket/sweeps."""
    limit_gb: Annotated[float, Strict(), Field(gt=0)] = 20.0
    """Gigabytes that shared training states may take; the oldest go first, what a trial may still need stays."""
    studies: Annotated[str, Field(min_length=1)] | None = None
    """An Optuna storage URL, such as postgresql://${PGUSER}:${PGPASSWORD}@host/db; null: a database inside the home."""
    allow_http: Switch = False
    """Permit an unencrypted http:// address on another machine."""


Method = Annotated[str, AfterValidator(lambda text: re.sub(r"\s+", "", text))]
"""`objective[+dynamics …]`; which names exist is checked with everything else about methods."""


def _free(name: str) -> str:
    if problem := name_problem(name):
        raise ValueError(problem)
    return name


class SpaceFile(Block):
    """A sweep: data, noise, methods, network and training, and how to search and confirm."""

    plugins: tuple[AnyPlugin, ...] = later(())
    """Python files, relative to the space file's folder, or modules whose networks, datasets, noise kinds, methods and
    tasks count here; loaded before anything else is read."""
    name: Annotated[str, Field(pattern=PATTERN, max_length=LONGEST), AfterValidator(_free)]
    """Names the sweep's folder: letters, digits, dot, dash and underscore."""
    seed: Annotated[int, Strict(), Field(ge=0, lt=2**62)] = 0
    """The seed of the search; confirmation uses the numbers that follow."""
    dataset: AnyDataset
    """Paths in here are relative to the folder of the space file."""
    noise: AnyNoise
    """What is done to labels or images, and at which levels."""
    methods: Annotated[tuple[Method, ...], Field(min_length=1)]
    """Each an objective and any number of dynamics, such as `sat+reset`."""
    baseline: Method | None = None
    """The method that the others are compared with; if absent the first of `methods`, that is told no more than others
    if there is one."""
    model: AnyModel
    """The network."""
    training: TrainingSpec = TrainingSpec()
    search: SearchBlock = SearchBlock()
    confirm: Confirm = Confirm()
    resources: Resources = Resources()
    budget: Budget | None = later(None)
    """What the sweep may take; null: what its trials take."""
    messages: Messages | None = later(None)
    """Who is told how the sweep ended; null: those in SAT_SWEEP_MESSAGES, if any."""
    tracking: Tracking = Tracking()
    storage: Storage = Storage()
    task: AnyTask = later(Classification())
    """What is measured, and what decides."""
    vary: dict[str, Annotated[tuple[Value, ...], Field(min_length=1)]] = later({})
    """A second axis of conditions: a list of values for any setting of dataset, model or training, such as
    `model.width: [4, 16]`; of several lists every combination."""
    diagnostics: Switch = False
    """Look at clean and test labels during the search too; selection never does, and the report says so."""

    @property
    def judging_task(self) -> Task:
        """The task, which goes by what the search is to select by."""
        return self.task.selecting_by(self.search.select_by)
