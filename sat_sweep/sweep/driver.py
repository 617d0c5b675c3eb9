"""One run of the driver, from opening the studies to the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial

from sat_sweep.config.messages import Event
from sat_sweep.data import DataCache
from sat_sweep.errors import ExitStatus, MachineFailure, UserError
from sat_sweep.execution.backend import Abandoned, Backend
from sat_sweep.execution.stores import StorePlaces
from sat_sweep.home import Result, redacted
from sat_sweep.home.holder import Holder
from sat_sweep.home.lock import Hold, driver_of
from sat_sweep.home.status import keep_status
from sat_sweep.imports.background import import_in_background
from sat_sweep.imports.collector import no_collection
from sat_sweep.report import build_report, write
from sat_sweep.report.report import Report
from sat_sweep.report.verdict import answer
from sat_sweep.search.queue import JobQueue
from sat_sweep.search.sharing import NoSharing, SharedPrefixes
from sat_sweep.search.study_storage import StudyStorage
from sat_sweep.sweep.eviction import StoreEviction
from sat_sweep.sweep.heartbeat import Heartbeat
from sat_sweep.sweep.interruption import interruptible
from sat_sweep.sweep.messages import send
from sat_sweep.sweep.order import Order
from sat_sweep.sweep.outcome import Outcome, outcome_of
from sat_sweep.sweep.progress import current, shown_progress, tell
from sat_sweep.tracking.mirror_client import MirrorProcess

REPORT = ("sat_sweep.report", "sat_sweep.report.figures",
          "matplotlib.backends.backend_svg", "matplotlib.backends.backend_agg")
"""What writing a report imports."""


class Driver:
    """Runs what is left of a sweep that this process has in its `hold`.

    `share` says whether trials use each other's epochs. `say` gets a line for whatever people should know at once.
    """

    def __init__(self, order: Order, data: DataCache, share: bool, say: Callable[[str], None], hold: Hold) -> None:
        self.order, self.data, self.share, self.say, self.hold = order, data, share, say, hold
        self.owner = order.known.owner if order.known else ""
        self.eviction: StoreEviction | None = None
        home, tracking = order.home, order.plan.space.tracking
        self.mirror = MirrorProcess(home.place, order.sweep.name, tracking.uri or home.tracking)

    def run(self, backend: Backend) -> Outcome:
        """Run what is left on `backend`, then report; the mirror is finished last.

        Raises MachineFailure if home or studies cannot be written any more, UserError if another driver has taken
        over meanwhile, to which everything that is left belongs.
        """
        try:
            return self._run(backend)
        except (OSError, MachineFailure) as error:
            self._leave_to_another()
            reason = str(error) if isinstance(error, MachineFailure) else f"this machine cannot go on: {error}"
            self._tell("failed", "cannot go on", f"{redacted(reason)}\nNothing is lost; `resume` goes on from here.")
            raise MachineFailure(reason) from error

    def _run(self, backend: Backend) -> Outcome:
        with self.order.sweep.packing(), self._queue() as queue:
            had_work = not queue.finished
            if had_work:
                self._work(queue, backend)
        backend.close()
        self.hold.assure()
        outcome = outcome_of(queue)
        report = self._conclude(queue, outcome)
        if had_work:
            self._tell_the_end(outcome, report)
        return outcome

    def _leave_to_another(self) -> None:
        """Raise UserError if this driver was silent for too long, and another one has taken the sweep."""
        sweep, holder = self.order.sweep, None
        if self.hold.lost.is_set():
            with suppress(OSError):  # out of reach: nobody knows who has it
                holder = driver_of(sweep)
        if holder not in (None, Holder.here()):
            raise UserError(f"sweep '{sweep.name}' is now run by {holder}; this driver, which was silent for too long, "
                            "has stopped")

    def _tell_the_end(self, outcome: Outcome, report: Report) -> None:
        """What people hear of it who are not here."""
        if outcome.status == ExitStatus.INTERRUPTED:
            self._tell("interrupted", "was interrupted", "\n".join([*outcome.reasons, "`resume` goes on from here."]))
            return
        words = [answer(report), *outcome.reasons, f"Report: {self.order.sweep.report_folder / 'report.html'}"]
        if outcome.status == ExitStatus.DONE:
            self._tell("finished", "has finished", "\n".join(words))
        else:
            self._tell("failed", "has finished with failures", "\n".join(words))

    def _tell(self, event: Event, what: str, text: str) -> None:
        send(self.order.plan.space, event, f"{self.order.sweep.name} {what}", text, self.say)

    @contextmanager
    def _queue(self) -> Iterator[JobQueue]:
        """The queue on the studies as they are stored; in the end everything of it is written."""
        plan, home = self.order.plan, self.order.home
        storage = StudyStorage(plan.space.storage.studies or home.studies, self.hold.assure)
        try:
            sharing = SharedPrefixes(self.data) if self.share else NoSharing()
            with no_collection():  # all trials that there are become objects in here
                queue = JobQueue(plan, storage, self.order.sweep, sharing, self._on_result,
                                 on_warning=lambda text: self.say(f"warning: {text}"), on_notice=self.say)
            yield queue
        finally:
            storage.close()

    def _work(self, queue: JobQueue, backend: Backend) -> None:
        home, sweep = self.order.home, self.order.sweep
        self.eviction = StoreEviction(home.trajectories, self.order.plan.space.storage.limit_gb, queue.needed_prefixes)
        places = StorePlaces(f"{home.address}/trajectories" if self.share else None, f"{home.address}/evidence")
        also: list[Callable[[], None]] = [_ReportImports(queue).tick, partial(self._stop_if_lost, queue)]
        with (interruptible(queue, backend) as interruption, shown_progress(queue),
              Heartbeat(queue, sweep, interruption, self.say, also, self.owner)):
            try:
                backend.run(queue, self.data, places)
            except Abandoned:
                queue.give_all_back()
        self.eviction.close()
        for folder in (sweep.folder, home.trajectories, home.evidence):
            folder.delete_all(folder.leftovers(mine=True))  # of processes that were killed, or began again

    def _stop_if_lost(self, queue: JobQueue) -> None:
        if self.hold.lost.is_set():
            queue.stopping = True

    def _on_result(self, result: Result) -> None:
        if result.state == "failed":
            self.say(f"{result.name} failed: {result.why}")
        self.mirror.add(result.name)
        if self.eviction is not None:
            self.eviction.tick()

    def _conclude(self, queue: JobQueue, outcome: Outcome) -> Report:
        """Write down how the sweep stands, build and write the report, and let the mirror finish."""
        sweep = self.order.sweep
        state = "stopped" if outcome.status == ExitStatus.INTERRUPTED else "finished"
        finished = None if state == "stopped" else self.order.plan.space.search.trials
        sweep.update(state=state, finished_trials=finished)
        status = replace(current(queue, state, self.owner), share=None)
        keep_status(sweep, status)
        tell(status)
        report = build_report(sweep)
        write(report, sweep.report_folder)
        for progress in queue.progress.values():
            self.mirror.study_state(progress.study.key, "FINISHED" if progress.finished else "KILLED")
        self.mirror.summary(str(sweep.report_folder))
        self.mirror.close()
        return report


class _ReportImports:
    """Imports what the report needs beside the last trials."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue, self._begun = queue, False

    def tick(self) -> None:
        """Begin once no trial is left to start."""
        if not self._begun and self._queue.all_started:
            self._begun = True
            import_in_background(*REPORT)
