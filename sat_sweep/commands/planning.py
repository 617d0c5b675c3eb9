"""`plan`: what a space file asks for, what it will cost; nothing is started and nothing written."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sat_sweep.commands import estimate as timing
from sat_sweep.commands.estimate import Estimate
from sat_sweep.commands.forecast import SharingForecast, sharing
from sat_sweep.commands.output import show, show_json, show_table
from sat_sweep.config.data_checks import check_plan
from sat_sweep.config.dimension import Dimension
from sat_sweep.config.plan import Plan
from sat_sweep.config.plan import plan as make_plan
from sat_sweep.config.space import SpaceFile
from sat_sweep.config.study import Study
from sat_sweep.config.words import search_range
from sat_sweep.data import DataCache, DatasetSpec, held_out_count, load
from sat_sweep.data.oddities import groups_told, oddities
from sat_sweep.errors import DataMissing, SpaceFileError, UserError
from sat_sweep.home import SweepHome
from sat_sweep.methods import registry
from sat_sweep.report.wording import duration
from sat_sweep.sweep.order import asked

NOTHING_ODD = "Looked for in the data and not found: copies, tiny or very uneven classes, inputs that tell nothing."


@dataclass(frozen=True)
class Preview:
    """A plan with what can be known before it runs; `notes` say what could not, and why, `odd` what is in the data."""

    plan: Plan
    sharing: SharingForecast
    workers: int
    data: DataCache | None = None
    estimate: Estimate | None = None
    notes: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()

    @property
    def sizes(self) -> dict[str, int] | None:
        """Images to train on, of these with labels if not all, to validate and to test on; None: data not loaded."""
        if self.data is None:
            return None
        spec = self.plan.datasets[0]
        dataset = self.data.get(spec)
        images, test = len(dataset.labels), len(dataset.test_labels)
        held_out = held_out_count(images, spec.validation_fraction, "train")
        labelled = {"labelled": spec.labelled} if spec.labelled else {}
        return {"train": images - held_out, **labelled, "validation": held_out, "test": test}

    @property
    def augmentation(self) -> str:
        """What `auto` means here."""
        return self.plan.studies[0].typical_spec().augmentation

    def to_json(self) -> dict[str, Any]:
        """What `plan --json` prints."""
        plan, estimate = self.plan, self.estimate
        return {
            "sweep": plan.space.name, "studies": [_study(study) for study in plan.studies],
            "search_trials": plan.search_trials, "confirm_trials": plan.confirm_trials,
            "epochs": plan.epochs, "shared_epochs_at_most": self.sharing.most,
            "augmentation": self.augmentation, "images": self.sizes,
            "estimate": estimate and {
                "seconds": estimate.seconds(plan.epochs, self.workers), "workers": self.workers,
                "epoch_seconds": estimate.epoch_seconds, "measured_on": estimate.measured_on},
            "notes": [*self.notes, *self.odd],
            **({"budget": plan.space.budget.model_dump()} if plan.space.budget else {}),
        }


def show_plan(file: Path, name: str | None, home: str | None, workers: int | None, *, measure: bool,
              as_json: bool) -> None:
    """Print the plan of `file`; raises SpaceFileError for everything that is wrong with it and its data."""
    preview = _preview(file, name, home, workers, measure)
    if as_json:
        show_json(preview.to_json())
        return
    show(headline(preview.plan))
    show("")
    show_table(["method", "noise", *preview.plan.space.vary, "trials", "searched"],
               [_row(study, preview.plan) for study in preview.plan.studies])
    show("")
    for line in (_data(preview), *_odd(preview), _shared(preview), *preview.notes, _where(preview.plan.space),
                 _time(preview), _limits(preview.plan.space)):
        if line:
            show(line)


def _preview(file: Path, name: str | None, home: str | None, workers: int | None, measure: bool) -> Preview:
    space, sweep = asked(file, name, home)
    planned = make_plan(space)
    notes = () if not planned.unknown else (
        f"Rates per step are shown per epoch, how many steps it has is not known: {planned.unknown}",)
    preview = Preview(planned, sharing(planned), workers or _local_workers(space), notes=notes)
    return _measured(preview, file, sweep) if measure else preview


def _measured(preview: Preview, file: Path, sweep: SweepHome) -> Preview:
    plan, known = preview.plan, timing.from_results(sweep)
    try:
        data = DataCache({spec.digest(): load(_without_download(spec)) for spec in plan.datasets})
    except DataMissing as error:
        return replace(preview, estimate=known, notes=preview.notes or (f"The data are not here: {error}",))
    if problems := check_plan(plan, data):
        raise SpaceFileError(str(file), problems)
    if known is None and timing.can_measure(plan.space):
        known = _timed(plan, data)
    together = filter(None, (groups_told(data.get(spec)) for spec in plan.datasets))
    odd = dict.fromkeys(sentence for spec in plan.datasets for sentence in oddities(data.get(spec)))
    return replace(preview, data=data, estimate=known, notes=(*preview.notes, *dict.fromkeys(together)),
                   odd=tuple(f"Odd: {each}." for each in odd))


def _timed(plan: Plan, data: DataCache) -> Estimate:
    try:
        return timing.from_training(plan, data)
    except UserError:
        raise
    except Exception as error:  # no memory for the network, or a plug-in's own mistake
        words = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
        raise UserError(f"no epoch of {plan.studies[0].key} can be trained here to measure its time, {words}; with "
                        "--no-estimate there is a plan all the same") from error


def _without_download(spec: DatasetSpec) -> DatasetSpec:
    """A plan fetches nothing."""
    downloads = "download" in type(spec).model_fields
    return spec.model_copy(update={"download": False}) if downloads else spec


def _local_workers(space: SpaceFile) -> int:
    """How many trials this machine runs at a time."""
    room = max(1, (os.cpu_count() or 1) // space.resources.cpus)
    return min(room, space.resources.max_concurrent or room)


def _study(study: Study) -> dict[str, Any]:
    return {"key": study.key, "method": study.method, "noise": study.noise.label, "rate": study.noise.rate,
            "vary": study.condition.vary, "trials": study.trials, "confirm": study.space.confirm.seeds,
            "dimensions": [dimension.as_data() for dimension in study.dimensions]}


def headline(plan: Plan) -> str:
    """A sweep in one line."""
    return (f"{plan.space.name}: {len(plan.studies)} studies, {plan.search_trials} search trials, "
            f"{plan.confirm_trials} confirm trials ({plan.space.confirm.seeds} seeds for each winner), "
            f"at most {plan.epochs:,} epochs")


def _row(study: Study, plan: Plan) -> list[str]:
    searched = ", ".join(_searched(dimension, plan) for dimension in study.dimensions)
    varied = [str(value) for value in study.condition.vary.values()]
    return [study.method, study.noise.label, *varied, str(study.trials), searched or "nothing"]


def _searched(dimension: Dimension, plan: Plan) -> str:
    """A dimension, as its method declares it where steps are not known."""
    part, _, parameter = dimension.name.partition(".")
    if plan.unknown and part in registry and dimension.name not in plan.space.search.space:
        return f"{dimension.name} {search_range(registry[part].Parameters.search_ranges()[parameter])}"
    return _range(dimension)


def _range(dimension: Dimension) -> str:
    if dimension.choices is not None:
        return f"{dimension.name} {' | '.join(str(choice) for choice in dimension.choices)}"
    more = " log" if dimension.log else "" if dimension.step is None else f" by {dimension.step:g}"
    return f"{dimension.name} {dimension.low:g} to {dimension.high:g}{more}"


def _data(preview: Preview) -> str:
    space, sizes = preview.plan.space, preview.sizes
    auto = " (auto)" if space.training.augmentation == "auto" else ""
    fixed = space.dataset.labelled if "dataset.labelled" not in space.vary else None
    few = f", {fixed:,} of these with labels" if fixed else ""
    known = (f"{sizes['train']:,} images to train on{few}, {sizes['validation']:,} for noisy validation, "
             f"{sizes['test']:,} to test on") if sizes else \
        f"{100 * space.dataset.validation_fraction:g} % of the training images are for noisy validation" \
        f"{few.replace('these', 'the others')}"
    return f"Data: {space.dataset.name}, {known}; augmentation {preview.augmentation}{auto}."


def _odd(preview: Preview) -> tuple[str, ...]:
    return preview.odd or ((NOTHING_ODD,) if preview.data is not None else ())


def _shared(preview: Preview) -> str:
    if preview.sharing.most is None:
        return f"Shared: {preview.sharing.unknown}, so how much trials have in common cannot be foreseen."
    begun = "; ".join(beginning.sentence for beginning in preview.sharing.beginnings)
    return (f"Shared: until a method acts, its trials are the same training: {begun}. At most "
            f"{preview.sharing.most:,} of the epochs are such repetitions and need not be trained again.")


def _where(space: SpaceFile) -> str:
    """What a trial needs that is not every machine's, and how many may run at a time."""
    resources = space.resources
    takes = ", ".join(f"{amount:g} {name}" for name, amount in resources.custom.items())
    labels = ", ".join(f"{key}: {value}" for key, value in resources.labels.items())
    said = [f"a trial takes {takes}" if takes else "", f"only nodes with {labels}" if labels else "",
            f"at most {resources.max_concurrent} trials at a time" if resources.max_concurrent else "",
            f"weight {resources.weight:g} beside other sweeps" if resources.weight != 1 else ""]
    return f"Resources: {'; '.join(filter(None, said))}." if any(said) else ""


def _limits(space: SpaceFile) -> str:
    if space.budget is None:
        return ""
    hours, gpu_hours = space.budget.hours, space.budget.gpu_hours
    parts = [f"{hours:g} hours" if hours else "", f"{gpu_hours:g} GPU hours" if gpu_hours else ""]
    return f"Budget: {', '.join(filter(None, parts))}; the search ends in time to confirm its winners."


def _time(preview: Preview) -> str:
    estimate, plan = preview.estimate, preview.plan
    if estimate is None:
        return "Time: not measured."
    workers = f"{preview.workers} worker{'s' if preview.workers > 1 else ''}"
    total = duration(estimate.seconds(plan.epochs, preview.workers))
    return (f"Time: about {total} with {workers}, less what is shared or pruned; "
            f"{estimate.epoch_seconds:.3g} s per epoch, measured on {estimate.measured_on}.")
