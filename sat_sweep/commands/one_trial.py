"""One trial of a file, for commands that try something with it: the file's own, or one of a space file's search."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from sat_sweep.config.data_checks import check_plan
from sat_sweep.config.loader import is_trial, load_space, load_trial
from sat_sweep.config.plan import plan
from sat_sweep.data import DataCache, Dataset
from sat_sweep.errors import SpaceFileError, UserError, did_you_mean
from sat_sweep.home import is_called
from sat_sweep.training import TrialSpec


@dataclass(frozen=True)
class OneTrial:
    """A trial, what people call it, and its data if they are loaded already."""

    label: str
    spec: TrialSpec
    dataset: Dataset | None = None


def one_trial(file: Path, method: str | None, noise: str | None) -> OneTrial:
    """The trial of a trial file, or of the space `file` that of `method` under the level `noise`.

    Raises UserError where there is no such, SpaceFileError for mistakes in the file and data that do not fit it.
    """
    if not is_trial(file):
        return _of_space(file, method, noise)
    if method or noise:
        raise UserError(f"{file} is the file of one trial, which has its method and noise; drop --method and --noise")
    spec = load_trial(file)
    return OneTrial(f"{spec.method} under {spec.noise.label}", spec)


def _of_space(file: Path, method: str | None, noise: str | None) -> OneTrial:
    """A trial of the search in the middle of its ranges, by default of the baseline under the first condition."""
    space, data = load_space(file), DataCache()
    planned = plan(space, lambda spec: len(data.get(spec).labels))
    wanted = "".join(method.split()) if method else space.baseline or space.methods[0]
    of_method = [study for study in planned.studies if study.method == wanted]
    if not of_method:
        raise UserError(f"{file} has no method '{wanted}'; {did_you_mean(wanted, space.methods)}")
    study = next((study for study in of_method if noise is None or is_called(
                  noise, study.noise.label, study.condition.label, study.noise.rate)), None)
    if study is None:
        labels = [study.condition.label for study in of_method]
        raise UserError(f"{file} has no noise level '{noise}'; {did_you_mean(str(noise), labels)}")
    dataset = data.get(study.space.dataset)
    if problems := check_plan(replace(planned, space=study.space, studies=(study,)), data):
        raise SpaceFileError(str(file), problems)
    return OneTrial(f"{study.method} under {study.condition.label}", study.typical_spec(), dataset)
