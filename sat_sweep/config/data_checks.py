"""What only the data can tell: run once they are loaded, before anything trains."""

from __future__ import annotations

from collections.abc import Iterator

from sat_sweep.config.plan import Plan
from sat_sweep.config.space import Alternatives, Interval, SpaceFile
from sat_sweep.data import DataCache, Dataset, held_out_count, labelled_problem
from sat_sweep.data.splits import stratified_split
from sat_sweep.errors import Problem, UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.methods import Algorithm, own_parameters, parse, unweighted
from sat_sweep.models import build_model, chosen_by, replace_head

MOST_WEIGHTS = 10**11
"""No machine that trains this way holds more, with what the optimiser keeps."""


def check_plan(plan: Plan, data: DataCache) -> list[Problem]:
    """Everything that is wrong under any condition of `plan`, each once; loads what `data` lacks."""
    found = (problem for space in plan.spaces for problem in check_data(space, data.get(space.dataset)))
    return list(dict.fromkeys(found))


def check_data(space: SpaceFile, dataset: Dataset) -> list[Problem]:
    """Why the sweep cannot run, or would mislead, on `dataset`; [] if it can. Loads and changes nothing."""
    return [*_noise_problems(space, dataset), *_method_problems(space, dataset), *_input_problems(space, dataset),
            *_group_problems(space, dataset), *_label_problems(space, dataset), *_size_problems(space, dataset)]


def _noise_problems(space: SpaceFile, dataset: Dataset) -> Iterator[Problem]:
    for level in space.noise.levels():
        if message := space.noise.check(level, dataset):
            yield Problem("noise", f"{level.label}: {message}")


def _method_problems(space: SpaceFile, dataset: Dataset) -> Iterator[Problem]:
    asked = space.search.space.items()
    fixed = {path: value for path, value in asked if not isinstance(value, Interval | Alternatives)}
    for part in dict.fromkeys(part for method in space.methods for part in parse(method)):
        if message := part.misfit(own_parameters(part, fixed), dataset.num_classes):
            yield Problem("search.space", message)
    for number, method in enumerate(space.methods if dataset.weights is not None else ()):
        if message := unweighted(method):
            yield Problem(f"methods.{number}", message)


def _size_problems(space: SpaceFile, dataset: Dataset) -> Iterator[Problem]:
    """Parts that would be empty, and weights that leave nothing to learn from."""
    images, trusted = len(dataset.labels), space.dataset.trusted
    try:
        rest = images - held_out_count(images, space.dataset.validation_fraction, "train")
    except UserError as error:
        yield Problem("dataset.validation_fraction", str(error))
        return
    if trusted is not None and trusted >= rest:
        yield Problem("dataset.trusted", f"{trusted:,} of {rest:,} examples would leave none to train on")
    if dataset.weights is not None and not dataset.weights.any():
        yield Problem("dataset.weight", "the weights of all training examples are zero")


def _group_problems(space: SpaceFile, dataset: Dataset) -> Iterator[Problem]:
    """What the split of a trial would meet; its noise changes how groups fit by very little."""
    images, spec = len(dataset.labels), space.dataset
    sizes = {"validation_fraction": round(spec.validation_fraction * images), "trusted": spec.trusted or 0}
    for option, size in sizes.items():
        if dataset.groups is not None and size < images:
            try:
                stratified_split(dataset.labels, size, space.seed, dataset.groups)
            except UserError as error:
                yield Problem(f"dataset.{option}", str(error))


def _label_problems(space: SpaceFile, dataset: Dataset) -> Iterator[Problem]:
    """What the search would meet; the confirmation may train on more."""
    if (labelled := space.dataset.labelled) is None:
        return
    images = len(dataset.labels)
    examples = images - round(images * space.dataset.validation_fraction)
    if problem := labelled_problem(labelled, examples, dataset.num_classes):
        yield Problem("dataset.labelled", problem)


def _input_problems(space: SpaceFile, dataset: Dataset) -> Iterator[Problem]:
    if message := space.task.misfit(dataset.input_shape):
        yield Problem("task", message)
    chosen, shape = space.training.augmentation, dataset.input_shape
    for number, method in enumerate(space.methods if len(shape) != 3 else ()):
        for name in [part.name for part in parse(method) if part.needs_images]:
            yield Problem(f"methods.{number}", f"'{name}' is for images, the inputs have shape {shape}",
                          remedy=f"drop '{method}'")
    if chosen not in ("auto", "none") and len(shape) != 3:
        yield Problem("training.augmentation", f"'{chosen}' is for images, the inputs have shape {shape}",
                      remedy="set augmentation: none")
    try:
        with torch.device("meta"):  # the shapes without the memory, the time or a draw of random numbers
            module = build_model(space.model, shape, dataset.num_classes)
    except UserError as error:
        yield Problem("model", str(error))
        return
    except Exception as error:  # a size that torch cannot count, or a plug-in's own mistake
        yield Problem("model", f"cannot be built for inputs of shape {shape}: {type(error).__name__}: {error}")
        return
    if (size := sum(weights.numel() for weights in module.parameters())) > MOST_WEIGHTS:
        yield Problem("model", f"has {size:,} weights, and at most {MOST_WEIGHTS:,} are taken on")
        return
    try:
        chosen_by(space.training.optimizer.lr_factors, module)
    except UserError as error:
        yield Problem("training.optimizer.lr_factors", str(error))
    yield from _head_problems(space, module)


def _head_problems(space: SpaceFile, module: torch.nn.Module) -> Iterator[Problem]:
    """Methods that put a head of their own on a network whose last layer stays."""
    heads = [number for number, method in enumerate(space.methods)
             if any(issubclass(part, Algorithm) and part.head is not Algorithm.head for part in parse(method))]
    try:
        if heads:
            replace_head(module, lambda features: torch.nn.Identity())
    except UserError as error:
        yield from (Problem(f"methods.{number}", f"'{space.methods[number]}' needs a head of its own on the network: "
                            f"{error}") for number in heads)
