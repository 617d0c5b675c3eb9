"""What the commands do: launch, resume, extend and stop a sweep.

    space file -> plan -> (data, Ray) -> conductor and workers -> results -> report and MLflow

Launching, resuming and extending are one thing: run what is not done yet. Nothing is remembered but the records in
the home, so it makes no difference how the last run ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sat_sweep.config.changes import changes
from sat_sweep.config.data_checks import check_data
from sat_sweep.config.loader import load_space
from sat_sweep.config.plan import Plan, plan
from sat_sweep.config.space import SpaceFile
from sat_sweep.data import DataCache
from sat_sweep.errors import SpaceFileError, UserError
from sat_sweep.home import DataRecord, Home, Result, StudyRecord, SweepHome, SweepRecord, choose_home
from sat_sweep.home.lock import Hold, only_driver
from sat_sweep.home.provenance import versions
from sat_sweep.imports.ahead import import_ahead

if TYPE_CHECKING:
    from sat_sweep.execution.ray_tune.session import Session

DONE, INCOMPLETE, INTERRUPTED = 0, 1, 3
MAX_FAILED_SHARE = 0.5
"""A study in which more than this share of trials failed makes the sweep finish with status 1."""

REPORT = ("sat_sweep.report", "sat_sweep.report.figures",
          "matplotlib.backends.backend_svg", "matplotlib.backends.backend_agg")
"""What writing a report imports."""

REFUSAL_SECONDS = 5.0
"""What is wrong with data mostly shows at once: worth waiting for before Ray is started."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """How to run, as far as the space file does not say: none of it changes any number."""

    address: str | None = None
    workers: int | None = None
    share: bool = True


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the exit status, and for status 1 why."""

    status: int
    reasons: tuple[str, ...] = ()
    epochs_trained: int = 0


def launch(file: Path, *, name: str | None, home: str | None, options: Options, say: Say) -> tuple[SweepHome, Outcome]:
    """Run the sweep that `file` describes, or what is missing of it.

    Raises SpaceFileError for mistakes in the file, UserError if the name belongs to a different sweep.
    """
    space, sweep = asked(file, name, home)
    known = sweep.describe()
    if known is not None:
        _refuse_changes(sweep.name, known.space, space)
        space = _extended(space, known)
    return sweep, _run(space, file=str(file), text=file.read_text(), options=options, say=say)


def asked(file: Path, name: str | None, home: str | None) -> tuple[SpaceFile, SweepHome]:
    """The space file under the name and in the home that count, and its sweep, which need not exist."""
    space = _overridden(load_space(file), name, home)
    return space, Home(space.storage.home).sweep(space.name)


def resume(name: str, *, home: str | None, options: Options, say: Say,
           further_trials: int = 0) -> tuple[SweepHome, Outcome]:
    """Go on with an existing sweep, with `further_trials` more for every study."""
    sweep = Home(choose_home(home)).existing(name)
    known = sweep.describe() or SweepRecord(name)
    known = known.changed(extended_by=known.extended_by + further_trials)
    space = _extended(_overridden(SpaceFile.model_validate(known.space), None, home), known)
    return sweep, _run(space, file=name, text=None, options=options, say=say)


def extend(name: str, trials: int, *, home: str | None, options: Options, say: Say) -> tuple[SweepHome, Outcome]:
    """Give every study of an existing sweep `trials` further trials, and run them."""
    if trials < 1:
        raise UserError(f"a sweep can be extended by 1 trial or more, got {trials}")
    return resume(name, home=home, options=options, say=say, further_trials=trials)


def _overridden(space: SpaceFile, name: str | None, home: str | None) -> SpaceFile:
    """`space` under the name and in the home that count; raises UserError for a name that names no folder."""
    storage = {**space.storage.model_dump(), "home": choose_home(home, space.storage.home)}
    try:
        return SpaceFile.model_validate({**space.model_dump(), "name": name or space.name, "storage": storage})
    except ValidationError as error:
        raise UserError(f"--name {name}: {error.errors()[0]['msg']}") from error


def _extended(space: SpaceFile, known: SweepRecord) -> SpaceFile:
    trials = space.search.trials + known.extended_by
    return space.model_copy(update={"search": space.search.model_copy(update={"trials": trials})})


def _refuse_changes(name: str, before: dict[str, Any], space: SpaceFile) -> None:
    changed = [line for line in changes(before, space.model_dump(mode="json")) if not _indifferent(line)]
    if changed:
        listed = "\n".join(f"  {line}" for line in changed)
        raise UserError(f"a sweep named '{name}' exists and was asked something else:\n{listed}\n"
                        f"Launch under a new name (--name), or, for more trials of the same, "
                        f"`sat-sweep extend {name} --trials +N`.")


def _indifferent(line: str) -> bool:
    """Where things are kept changes no answer."""
    return line.startswith(("name:", "storage.", "tracking."))


def _run(space: SpaceFile, *, file: str, text: str | None, options: Options, say: Say) -> Outcome:
    place = Home(space.storage.home)
    sweep, the_plan = place.sweep(space.name), plan(space)
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(_checked_data, space, file)
        with suppress(TimeoutError):
            loading.result(timeout=REFUSAL_SECONDS)
        if _nothing_left(the_plan, sweep):
            return _answer(the_plan, place, sweep, loading.result(), text, None, options, say)
        from sat_sweep.execution.ray_tune.session import session

        with session(options.address, options.workers, _small_trials(the_plan)) as opened:
            return _answer(the_plan, place, sweep, loading.result(), text, opened, options, say)


def _small_trials(the_plan: Plan) -> int:
    """How many trials of one CPU each can run side by side."""
    resources = the_plan.space.resources
    return the_plan.side_by_side if resources.cpus == 1 and not resources.gpus else 0


def _checked_data(space: SpaceFile, file: str) -> DataCache:
    data = DataCache()
    problems = check_data(space, data.get(space.dataset))
    if problems:
        raise SpaceFileError(file, problems)
    return data


def _nothing_left(the_plan: Plan, sweep: SweepHome) -> bool:
    """Whether the records say that everything has ended; a guess that only decides whether Ray is started early."""
    known = sweep.describe()
    return known is not None and known.finished_trials == the_plan.space.search.trials


def _answer(the_plan: Plan, place: Home, sweep: SweepHome, data: DataCache, text: str | None,
            opened: Session | None, options: Options, say: Say) -> Outcome:
    with only_driver(sweep) as hold:
        _write_down(the_plan, sweep, data, text)
        return _Drive(the_plan, place, sweep, data, options, say, hold).run(opened)


def _write_down(the_plan: Plan, sweep: SweepHome, data: DataCache, text: str | None) -> None:
    known, dataset = sweep.describe() or SweepRecord(sweep.name), data.get(the_plan.space.dataset)
    if known.data is not None and known.data.fingerprint != dataset.fingerprint:
        raise UserError(f"the data of sweep '{sweep.name}' are no longer what they were; launch under a new name")
    if text is not None:
        sweep.write_space(text)
    asked = the_plan.space.model_dump(mode="json")
    space = {**(known.space or asked), "storage": asked["storage"], "tracking": asked["tracking"]}  # may have moved
    sweep.write_record(known.changed(
        space=space, extended_by=the_plan.space.search.trials - space["search"]["trials"],
        created=known.created or time.time(), versions=versions(), state="running",
        data=DataRecord(dataset.fingerprint, len(dataset.labels), len(dataset.test_labels), dataset.class_names),
        studies=[StudyRecord(study.key, study.method, study.noise.label, study.noise.rate, study.trials)
                 for study in the_plan.studies],
    ))
    sweep.clear_stop()


class _Drive:
    """One run of the driver, from opening the studies to the report."""

    def __init__(self, the_plan: Plan, place: Home, sweep: SweepHome, data: DataCache, options: Options,
                 say: Say, hold: Hold) -> None:
        from sat_sweep.tracking.mirror_client import MirrorProcess

        self.plan, self.place, self.sweep, self.data = the_plan, place, sweep, data
        self.options, self.say, self.hold = options, say, hold
        self.tracking_uri = the_plan.space.tracking.uri or place.database("mlflow.db")
        self.mirror = MirrorProcess(place.place, sweep.name, self.tracking_uri)

    def run(self, opened: Session | None) -> Outcome:
        """Run what is left, then report; the mirror is finished last."""
        from sat_sweep.search.conductor import Conductor
        from sat_sweep.search.shared_prefixes import SharedPrefixes
        from sat_sweep.search.study_storage import StudyStorage

        ledger = StudyStorage(self.plan.space.storage.studies or self.place.database("studies.db"))
        families = SharedPrefixes(self.data) if self.options.share else None
        conductor = Conductor(self.plan, ledger, self.sweep, families, self._on_result)
        try:
            if not conductor.finished:
                self._work(conductor, opened)
        finally:
            ledger.close()
        if self.hold.lost.is_set():
            raise UserError(f"sweep '{self.sweep.name}' is now run by another driver; this one has stopped")
        outcome = self._outcome(conductor)
        self._close(conductor, outcome)
        return outcome

    def _work(self, conductor: Any, opened: Session | None) -> None:
        from sat_sweep.execution.ray_tune.runner import run
        from sat_sweep.execution.ray_tune.session import session
        from sat_sweep.sweep.eviction import StoreEviction
        from sat_sweep.sweep.progress import Progress

        limit = self.plan.space.storage.limit_gb
        keeping = StoreEviction(self.place.trajectories, limit, conductor.needed_families)
        trajectories = f"{self.place.place}/trajectories" if self.options.share else None
        with Progress(conductor, self.sweep) as progress, ExitStack() as stack:
            def tick() -> None:
                progress.tick()
                keeping.tick()
                if self.hold.lost.is_set():
                    conductor.stopping = True
                if conductor.all_started and not report_ahead:
                    report_ahead.append(import_ahead(*REPORT))

            report_ahead: list[Any] = []
            opened = opened or stack.enter_context(session(self.options.address, self.options.workers))
            run(opened.ray, conductor, self.data, trajectories, tick)
            opened.close()
        keeping.close()

    def _on_result(self, result: Result) -> None:
        if result.state == "failed":
            self.say(f"{result.name} failed: {(result.reason or '?').splitlines()[0]}")
        self.mirror.add(result.name)

    def _outcome(self, conductor: Any) -> Outcome:
        if not conductor.finished or conductor.stopping:
            return Outcome(INTERRUPTED, epochs_trained=conductor.epochs_trained)
        reasons = tuple(reason for progress in conductor.progress.values() for reason in _shortcomings(progress))
        return Outcome(INCOMPLETE if reasons else DONE, reasons, conductor.epochs_trained)

    def _close(self, conductor: Any, outcome: Outcome) -> None:
        from sat_sweep.home.status import write_status
        from sat_sweep.report import build_report, write
        from sat_sweep.sweep.progress import study_statuses

        state = "stopped" if outcome.status == INTERRUPTED else "finished"
        finished = None if state == "stopped" else self.plan.space.search.trials
        self.sweep.update(state=state, finished_trials=finished)
        write_status(self.sweep, state, study_statuses(conductor))
        folder = self.sweep.report_folder
        write(build_report(self.sweep), folder)
        for progress in conductor.progress.values():
            self.mirror.study_state(progress.study.key, "FINISHED" if progress.finished else "KILLED")
        self.mirror.summary(str(folder))
        self.mirror.close()


def _shortcomings(progress: Any) -> list[str]:
    study, failed = progress.study, progress.count("search", "failed")
    if progress.search.winner() is None:
        return [f"{study.key} has no usable trial"]
    if failed > MAX_FAILED_SHARE * study.trials:
        return [f"{study.key}: {failed} of {study.trials} trials failed"]
    return []
