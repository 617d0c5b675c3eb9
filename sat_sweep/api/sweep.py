"""A sweep in the hands of a notebook or a script."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sat_sweep.api.frames import results_frame, suspects_frame
from sat_sweep.api.spaces import Space, as_file
from sat_sweep.errors import MachineFailure, UserError
from sat_sweep.home import Home, Result, SweepHome, SweepRecord, choose_home
from sat_sweep.home.status import Status
from sat_sweep.sweep.launchers import ProcessLauncher, Refused, current_status, driver_log, is_run, kept_handle
from sat_sweep.sweep.order import asked

if TYPE_CHECKING:
    import pandas

    from sat_sweep.api.notebook import NotebookReport
    from sat_sweep.export.predictor import Model
    from sat_sweep.training import TrialSpec

LOOK_SECONDS = 0.5
"""Between two looks at whether a sweep has ended."""
LAST_WORDS = 20
"""Lines of a driver's output that are told when it has died."""


class Sweep:
    """The sweep called `name` in the home that counts, whoever runs it.

    `home` is a folder or a URI; else $SAT_SWEEP_HOME, else `sweeps` here. Raises UserError if there is no such sweep.
    """

    def __init__(self, name: str, home: str | os.PathLike[str] | None = None) -> None:
        self.name = name
        self.home = choose_home(None if home is None else os.fspath(home))
        self._sweep = Home(self.home).existing(name)

    def __repr__(self) -> str:
        status = self.status()
        return f"<Sweep {self.name}: {status.state}, {status.ended} of {status.budget} trials>"

    # While it runs

    def status(self) -> Status:
        """How far it is, study by study."""
        return current_status(self._sweep)

    def log(self) -> str:
        """What its last driver has written, "" where that is not kept."""
        return driver_log(self._sweep)

    def wait(self, timeout: float | None = None, on_status: Callable[[Status], None] | None = None) -> Sweep:
        """Return once nobody runs it any more; `on_status` is told how far it is, every half second.

        A sweep that was asked to stop is one that nobody runs. Ctrl-C ends the waiting, not the sweep. Raises
        TimeoutError after `timeout` seconds, MachineFailure with its last words if its driver has died.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while is_run(self._sweep):
            status = self.status()
            if on_status is not None:
                on_status(status)
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"sweep '{self.name}' still runs: {status.ended} of {status.budget} trials")
            time.sleep(LOOK_SECONDS)
        state = self.status().state
        if state not in ("finished", "stopped"):
            words = "\n".join(self.log().strip().splitlines()[-LAST_WORDS:])
            raise MachineFailure(f"sweep '{self.name}' is {state}; `resume` goes on with it\n{words}".strip())
        return self

    def stop(self) -> None:
        """Ask its driver to stop with the epochs that its trials are in; returns at once."""
        handle = kept_handle(self._sweep)
        if handle is not None:
            handle.stop(self._sweep)
        else:
            self._sweep.request_stop()

    def resume(self, *, further_trials: int = 0, workers: int | None = None) -> Sweep:
        """Go on with it in a process of its own, with so many `further_trials` for every study."""
        words = ["extend", self.name, f"--trials={further_trials}"] if further_trials else ["resume", self.name]
        _start(self._sweep, [*words, *_options(self.home, workers, share=True)])
        return self

    # Its answer

    def report(self) -> NotebookReport:
        """The answer as it is now; a notebook shows it as a page."""
        from sat_sweep.api.notebook import NotebookReport
        from sat_sweep.report import build_report

        return NotebookReport.of(build_report(self._sweep))

    def best(self, method: str | None = None, noise: str | None = None) -> TrialSpec:
        """The winning trial under one condition, which `sat_sweep.epochs` trains again.

        It is of one `method`, else of the best of those that are told no more than others. Raises UserError for a
        method or condition that is not there, where several conditions were swept and `noise` names none, and while
        no search trial is complete.
        """
        from sat_sweep.training import TrialSpec

        return TrialSpec.model_validate(self._winner(method, noise).spec)

    def export(self, out: str | os.PathLike[str], method: str | None = None, noise: str | None = None,
               kind: str = "best-seed", say: Callable[[str], None] = lambda sentence: None) -> Model:
        """The winner, which `best` picks, as a model in the folder `out`, as `sat-sweep export` writes it.

        `kind` is best-seed, ensemble or everything; `say` is told what takes long and what was left out. What is given
        back predicts: `model.probabilities(images)`. Raises UserError as `best` does, and where it is not confirmed.
        """
        from sat_sweep.export.choice import Kind, choose
        from sat_sweep.export.exporting import export
        from sat_sweep.export.other_formats import add_other_formats
        from sat_sweep.export.predictor import load
        from sat_sweep.training import TrajectoryStore

        kinds = [each.value for each in Kind]
        if kind not in kinds:
            raise UserError(f"a model is made of {', '.join(kinds)}; got '{kind}'")
        report, key = self.report(), self._winner(method, noise).study
        choice = choose(report, next(row for row in report.rows if row.key == key), Kind(kind))
        export(choice, TrajectoryStore(Home(self.home).trajectories), Path(out), say)
        add_other_formats(Path(out), say)
        return load(Path(out))

    def _winner(self, method: str | None, noise: str | None) -> Result:
        from sat_sweep.report import chosen_studies, winning_trial

        record = self._sweep.describe() or SweepRecord(self.name)
        trial = winning_trial(self._sweep, chosen_studies(record.studies, method, noise)[0])
        if trial is None:
            raise UserError(f"sweep '{self.name}': no search trial is complete yet")
        return trial

    def results(self) -> pandas.DataFrame:
        """A row per finished trial: what it was, its searched settings, and the metrics of its last epoch."""
        return results_frame(self._sweep.results())

    def suspects(self, method: str | None = None, noise: str | None = None) -> pandas.DataFrame:
        """Every example from the one whose label is most probably wrong on, as `sat-sweep suspects` writes it.

        Raises UserError where several noise levels have been swept and `noise` names none of them.
        """
        from sat_sweep.suspects import find
        from sat_sweep.suspects.lines import lines_of

        found = find(Home(self.home), self.name, method, noise)
        if len(found) > 1:
            labels = ", ".join(findings.condition for findings in found)
            raise UserError(f"there are several noise levels, say which with noise=: {labels}")
        return suspects_frame(line for ranking in found[0].rankings for line in lines_of(found[0], ranking))


def launch(space: Space, *, name: str | None = None, home: str | os.PathLike[str] | None = None,
           workers: int | None = None, share: bool = True) -> Sweep:
    """Run what `space` describes in a process of its own, or what is missing of it, and return as soon as it has begun.

    `name` and `home` count instead of the file's own; the sweep uses so many `workers`, by default all CPUs. It goes
    on when Python ends; nothing of it runs in this process, so it goes well with a notebook's event loop, and as many
    as one likes go side by side. Raises SpaceFileError for mistakes in the space, UserError if the name belongs to a
    different sweep or somebody runs it already, MachineFailure if it cannot start.
    """
    place = None if home is None else os.fspath(home)
    with as_file(space) as file:
        settings, sweep = asked(file, name, place)
        named = [f"--name={name}"] if name else []
        options = _options(settings.storage.home, workers, share=share)
        _start(sweep, ["launch", str(file), *named, *options, "--yes"])
    return Sweep(settings.name, settings.storage.home)


def _options(home: str, workers: int | None, *, share: bool) -> list[str]:
    counted = [f"--workers={workers}"] if workers is not None else []
    return [f"--home={home}", *counted, *([] if share else ["--no-share"])]


def _start(sweep: SweepHome, words: list[str]) -> None:
    try:
        ProcessLauncher().start(sweep, words)
    except Refused as refusal:
        kind = UserError if refusal.status == 2 else MachineFailure
        raise kind(str(refusal)) from None
