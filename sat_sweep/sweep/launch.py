"""What the commands do: run a sweep, or what is missing of it.

    space file -> order (plan, home) -> backend and data -> driver: queue and workers -> results -> report and MLflow

Launching, resuming and extending are one thing: run what is not done yet. Nothing is remembered but the records in
the home, so it makes no difference how the last run ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sat_sweep.config.data_checks import check_plan
from sat_sweep.config.plan import plan
from sat_sweep.data import DataCache
from sat_sweep.data.oddities import oddities
from sat_sweep.errors import SpaceFileError, UserError
from sat_sweep.home import DataRecord, StudyRecord, SweepRecord
from sat_sweep.home.lock import only_driver
from sat_sweep.home.provenance import versions
from sat_sweep.imports.collector import no_collection
from sat_sweep.settings import digest
from sat_sweep.sweep.launchers import asking_user, this_process
from sat_sweep.sweep.order import Order
from sat_sweep.sweep.outcome import Outcome
from sat_sweep.sweep.restart import Restart
from sat_sweep.tracking.mirror_client import mirror_in_advance

if TYPE_CHECKING:
    from sat_sweep.execution.backend import Backend

Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """How to run, as far as the space file does not say: none of it changes any number."""

    address: str | None = None
    workers: int | None = None
    share: bool = True
    serial: bool = False

    def again(self, order: Order) -> list[str]:
        """The command that goes on with the sweep in the same way, however it was begun."""
        given = {"--address": self.address, "--workers": self.workers}
        return ["resume", order.sweep.name, "--home", order.home.place,
                *(word for option, value in given.items() if value is not None for word in (option, str(value))),
                *([] if self.share else ["--no-share"]), *(["--serial"] if self.serial else [])]


def launch(order: Order, options: Options, say: Say) -> Outcome:
    """Run what is missing of a sweep, and report.

    Raises SpaceFileError or UserError for data that do not fit the file or are no longer what they were, and where
    another process runs the sweep.
    """
    order.check_services()
    with (_backend(options) as backend, Restart(options.again(order), backend, say).watching(),
          mirror_in_advance(order.may_have_work)):
        with no_collection():  # torch, Ray and Optuna are imported in here
            if order.may_have_work:
                backend.prepare(order.plan)
            data = _checked_data(order, say)
            from sat_sweep.sweep.driver import Driver
        if order.plan.unknown:  # now it can be counted
            order = replace(order, plan=plan(order.plan.space, lambda spec: len(data.get(spec).labels)))
        with only_driver(order.sweep) as hold:
            order = replace(order, known=_write_down(order, data))
            return Driver(order, data, options.share, say, hold).run(backend)


@contextmanager
def _backend(options: Options) -> Iterator[Backend]:
    """What runs the trials; it has let go of everything in the end, whatever happens."""
    if options.serial:
        from sat_sweep.execution.serial import SerialBackend

        yield SerialBackend()
        return
    from sat_sweep.execution.ray_tune.backend import RayTuneBackend

    backend = RayTuneBackend(options.address, options.workers)
    try:
        yield backend
    finally:
        backend.close()


def _checked_data(order: Order, say: Say) -> DataCache:
    """The data of all studies; what is odd in them is told before a sweep's first launch."""
    data = DataCache()
    if problems := check_plan(order.plan, data):
        raise SpaceFileError(order.source, problems)
    if order.is_new:
        told = dict.fromkeys(sentence for spec in order.plan.datasets for sentence in oddities(data.get(spec)))
        for sentence in told:
            say(f"note: {sentence}")
    return data


_MAY_CHANGE = ("resources", "budget", "messages", "tracking", "storage")
"""Blocks that are recorded as they were asked last; what of them may not change was refused before."""


def _write_down(order: Order, data: DataCache) -> SweepRecord:
    sweep, plan = order.sweep, order.plan
    known = order.known or sweep.describe() or SweepRecord(sweep.name)
    dataset = data.get(plan.datasets[0])
    fingerprints = [data.get(spec).fingerprint for spec in plan.datasets]
    fingerprint = fingerprints[0] if len(fingerprints) == 1 else digest(fingerprints)
    if known.data is not None and known.data.fingerprint != fingerprint:
        raise UserError(f"the data of sweep '{sweep.name}' are no longer what they were; launch under a new name")
    if order.text is not None:
        sweep.write_space(order.text)
    asked = plan.space.model_dump(mode="json")
    space = {block: content for block, content in (known.space or asked).items() if block not in _MAY_CHANGE}
    space |= {block: asked[block] for block in _MAY_CHANGE if block in asked}
    same_budget = (known.space or asked).get("budget") == asked.get("budget")
    record = known.changed(
        space=space, searched=known.searched if same_budget else {},
        extended_by=plan.space.search.trials - space["search"]["trials"],
        created=known.created or time.time(), owner=known.owner or asking_user(), versions=versions(),
        state="running",
        data=DataRecord(fingerprint, len(dataset.labels), len(dataset.test_labels), dataset.class_names,
                        tuple(dataset.test_labels.bincount(minlength=dataset.num_classes).tolist())),
        studies=[StudyRecord(study.key, study.method, study.noise.label, study.noise.rate, study.trials,
                             study.condition.vary, study.told, study.ranges)
                 for study in plan.studies],
    )
    sweep.write_record(record)
    sweep.clear_stop()
    this_process().keep(sweep)
    return record
