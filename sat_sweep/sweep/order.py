"""What is asked for: a plan with the place where it is kept, from a space file or from what a sweep remembers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sat_sweep.config.block import MOST
from sat_sweep.config.changes import changes
from sat_sweep.config.explain import explain
from sat_sweep.config.loader import load_space, recorded_space
from sat_sweep.config.plan import Plan, plan
from sat_sweep.config.space import SpaceFile
from sat_sweep.errors import UserError
from sat_sweep.home import Home, SweepHome, SweepRecord, choose_home, expanded
from sat_sweep.home.layout import STUDIES_VARIABLE, TRACKING_VARIABLE
from sat_sweep.search.storage_check import check_storage
from sat_sweep.sweep.messages import check_messages
from sat_sweep.sweep.recovery import remembered
from sat_sweep.tracking.check import check_server


@dataclass(frozen=True)
class Order:
    """A sweep that is to be run to its end, new or begun.

    `source` is what messages call it: the file's path, or the sweep's name. `text` is the file's content, None where
    the order comes from what a sweep remembers.
    """

    plan: Plan
    home: Home
    sweep: SweepHome
    source: str
    text: str | None = None
    known: SweepRecord | None = None
    """What is remembered of the sweep, None for a new one."""

    @property
    def is_new(self) -> bool:
        """Whether the home knew nothing of the sweep."""
        return self.known is None

    @property
    def may_have_work(self) -> bool:
        """False if the records say that everything has ended; only decides whether workers are started early."""
        return self.known is None or self.known.finished_trials != self.plan.space.search.trials

    def check_services(self) -> None:
        """Raise UserError where home, studies or MLflow are out of reach or refuse; nothing is started or written.

        An MLflow server that is out of reach is a warning only. What lies in files is left to whoever opens them.
        """
        space = self.plan.space
        check_messages(space)
        studies = space.storage.studies or os.environ.get(STUDIES_VARIABLE)
        tracking = space.tracking.uri or os.environ.get(TRACKING_VARIABLE)
        for address in filter(None, (studies, tracking)):
            expanded(address)  # every variable first: that costs no time
        self.home.folder.check()
        if studies:
            check_storage(studies)
        if tracking:
            check_server(tracking)


def order_from(file: Path, name: str | None, home: str | None) -> Order:
    """The sweep that `file` describes, under the name and in the home that count.

    Raises SpaceFileError for mistakes in the file, UserError if the name belongs to a different sweep or the home is
    out of reach.
    """
    space, sweep = asked(file, name, home)
    text = file.read_text(encoding="utf-8")
    sweep.folder.check()
    known = remembered(sweep, space, text)
    if known is not None:
        _refuse_changes(sweep.name, known.space, space)
        space = _extended(space, known)
    return Order(plan(space), Home(space.storage.home), sweep, str(file), text, known)


def order_again(name: str, home: str | None, further_trials: int = 0) -> Order:
    """A sweep that exists, with `further_trials` more for every study."""
    sweep = Home(choose_home(home)).existing(name)
    known = sweep.describe() or SweepRecord(name)
    known = known.changed(extended_by=known.extended_by + further_trials)
    space = _extended(_overridden(recorded_space(known.space), None, home), known)
    return Order(plan(space), Home(space.storage.home), sweep, name, known=known)


def asked(file: Path, name: str | None, home: str | None) -> tuple[SpaceFile, SweepHome]:
    """The space file under the name and in the home that count, and its sweep, which need not exist."""
    space = _overridden(load_space(file), name, home)
    return space, Home(space.storage.home).sweep(space.name)


def _overridden(space: SpaceFile, name: str | None, home: str | None) -> SpaceFile:
    """`space` under the name and in the home that count; raises UserError for a name that no sweep can have."""
    storage = {**space.storage.model_dump(), "home": choose_home(home, space.storage.home)}
    asked = {**space.model_dump(), "name": space.name if name is None else name, "storage": storage}
    try:
        return SpaceFile.model_validate(asked)
    except ValidationError as error:
        raise UserError("; ".join(f"--{problem.path.rpartition('.')[2]}: {problem.message}"
                                  for _, problem in explain(error, asked, SpaceFile))) from error


def _extended(space: SpaceFile, known: SweepRecord) -> SpaceFile:
    trials = space.search.trials + known.extended_by
    if trials > MOST:
        raise UserError(f"a study has at most {MOST:,} trials, and would have {trials:,}")
    return space.model_copy(update={"search": space.search.model_copy(update={"trials": trials})})


_INDIFFERENT = ("name:", "storage.", "tracking.", "resources.max_concurrent", "resources.labels", "resources.custom",
                "resources.patience", "resources.weight", "budget.", "messages.")
"""Where things are kept and trials run changes no answer; a budget decides how far the same search goes."""


def _refuse_changes(name: str, before: dict[str, Any], space: SpaceFile) -> None:
    found = changes(before, space.model_dump(mode="json"))
    changed = [line for line in found if not line.startswith(_INDIFFERENT)]
    if changed:
        listed = "\n".join(f"  {line}" for line in changed)
        raise UserError(f"a sweep named '{name}' exists and was asked something else:\n{listed}\n"
                        f"Launch under a new name (--name), or, for more trials of the same, "
                        f"`sat-sweep extend {name} --trials +N`.")
