"""What must hold for whatever is generated: accepted and right, or refused in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from sat_sweep.commands.forecast import sharing
from sat_sweep.config import load_space, plan
from sat_sweep.config.data_checks import check_plan
from sat_sweep.config.loader import dump
from sat_sweep.config.yaml_lines import write_yaml
from sat_sweep.data import DataCache
from sat_sweep.errors import SpaceFileError, UserError
from sat_sweep.training.loop import Trial, records
from tests.inputs.asking import SPACE

Verdict = Literal["accepted", "refused", "in silence"]


def judge_space(content: dict[str, Any], folder: Path) -> Verdict:
    """Plan the space file with this `content`, which is written to `folder`; whatever else happens is raised."""
    file = folder / "space.yaml"
    file.write_text(write_yaml(content), encoding="utf-8")

    def accept() -> None:
        space = load_space(file)
        sharing(plan(space))
        file.write_text(dump(space), encoding="utf-8")
        again = load_space(file)
        assert again == space, "read back from what was written it is another"
        assert again.digest() == space.digest()

    return _verdict(accept)


def judge_data(dataset: dict[str, Any], noise: dict[str, Any], folder: Path) -> Verdict:
    """Plan a sweep on this `dataset` of files in `folder`, and train an epoch of each of its studies."""
    file = folder / "space.yaml"
    file.write_text(write_yaml({**SPACE, "dataset": dataset, "noise": noise}), encoding="utf-8")

    def accept() -> None:
        data, planned = DataCache(), plan(load_space(file))
        if problems := check_plan(planned, data):
            raise SpaceFileError(str(file), problems)
        for study in planned.studies:
            for spec in (study.typical_spec(), study.confirm_spec({}, 0)):
                assert len(list(records(Trial(spec, data.get(spec.dataset))))) == 1

    return _verdict(accept)


def _verdict(accept: Callable[[], None]) -> Verdict:
    try:
        accept()
    except UserError as refusal:
        return "refused" if str(refusal).strip() else "in silence"
    return "accepted"
