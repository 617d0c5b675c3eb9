"""A sweep home shown in MLflow: a parent run per study, a child run per trial, a summary run.

    experiment <sweep>
      sat/symmetric-0.4                      parent: summary of the confirmation
        sat/symmetric-0.4/search-0003        child: parameters, metrics by epoch
      sat                                    its curve: robustness by noise rate
      summary                                the report and its figures

Everything can be done twice: runs are found again by our own tags, and points have the times of the result
file. Only MlflowClient is used, so nothing depends on or changes what the process has set for itself.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from sat_sweep.home import Result, StudyRecord, SweepHome, SweepRecord
from sat_sweep.tracking.entries import Point, milliseconds, parameters, points, short, tags
from sat_sweep.tracking.experiment import experiment_of
from sat_sweep.tracking.overview import Overview
from sat_sweep.tracking.runs import PARENT, Runs
from sat_sweep.tracking.summary import parameters as study_parameters
from sat_sweep.tracking.summary import settings_of, study_points

OPEN, DONE, FAILED, KILLED = "RUNNING", "FINISHED", "FAILED", "KILLED"


class Mirror:
    """Writes one sweep to the MLflow at `uri`. Whatever MLflow raises is raised."""

    def __init__(self, uri: str, sweep: SweepHome, on_progress: Callable[[], None] = lambda: None) -> None:
        """`on_progress` is called whenever MLflow has taken something in."""
        self.uri, self.sweep, self.on_progress = uri, sweep, on_progress

    @cached_property
    def client(self) -> Any:
        """MLflow's client; making it imports MLflow and may take seconds."""
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=self.uri)

    @cached_property
    def runs(self) -> Runs:
        """The runs that exist, from one search."""
        return Runs(self.client, experiment_of(self.client, self.uri, self.sweep))

    @property
    def _record(self) -> SweepRecord:
        return self.sweep.describe() or SweepRecord(self.sweep.name)

    @cached_property
    def commit(self) -> str | None:
        """The git commit that the sweep was launched from, if it is known."""
        return self._record.versions.get("commit")

    def add(self, result: Result) -> None:
        """Show a trial that has just ended; its study is running."""
        if self.runs.status(result.study) != OPEN:
            self.study_state(result.study, OPEN)
        self._add(result)

    def study_state(self, key: str, state: str) -> None:
        """Show how a study stands from now on: RUNNING, FINISHED, FAILED or KILLED."""
        self._study(key)
        if state != OPEN:
            self.runs.close(key, state, ended=None)
        elif self.runs.status(key) != OPEN:
            self.runs.reopen(key)

    def summary(self, report: Path) -> None:
        """Show the report in the folder `report`: its files, its numbers, and those of each study."""
        content = json.loads((report / "report.json").read_text(encoding="utf-8"))
        ended = self._ended()
        studies = self._record.studies
        settings = settings_of(content["rows"], studies)
        for study in studies:
            if study.key in ended and study.key in settings:
                self._describe(study, settings[study.key])
        for key, found in study_points(content["rows"], studies, ended).items():
            self._log(self._study(key), found)
        Overview(self.client, self.runs, self.on_progress).show(report, content["rows"], max(ended.values(), default=0))

    def mirror_all(self) -> None:
        """Bring everything up to date, as it is while nobody runs the sweep: no run is left RUNNING."""
        confirmed: Counter[str] = Counter()
        for result in self.sweep.results():
            confirmed[result.study] += result.stage == "confirm"
            self._add(result)
        ended = self._ended()
        for key, number in confirmed.items():
            self._settle(key, number, ended[key])
        self._mirror_report()

    def settle(self) -> None:
        """Close what is still RUNNING: nobody runs the sweep any more."""
        for name in self.runs.open_studies():
            self.study_state(name, KILLED)

    # Trials

    def _add(self, result: Result) -> None:
        self.on_progress()
        content = tags(result)
        if self.runs.is_mirrored(result.name, content["sat_sweep.result"]):
            self.runs.adopt(result.name, self._study(result.study))
            return
        content |= self._surroundings(result)
        run = self.runs.for_result(result.name, content, milliseconds(result.started))
        self._log(run, points(result), parameters(result))
        status = FAILED if result.state == "failed" else DONE
        self.runs.close(result.name, status, milliseconds(result.ended))

    def _surroundings(self, result: Result) -> dict[str, str]:
        parent = {PARENT: self._study(result.study)}
        if self.commit is None:
            return parent
        return {**parent, "sat_sweep.commit": self.commit, "mlflow.source.git.commit": self.commit}

    def _log(self, run: str, found: Iterable[Point], values: dict[str, str] | None = None) -> None:
        from mlflow.entities import Metric, Param

        metrics = [Metric(*point) for point in found]
        self.client.log_batch(run, metrics=metrics, params=[Param(*pair) for pair in (values or {}).items()])
        self.on_progress()

    # Studies

    def _study(self, key: str) -> str:
        if (known := self.runs.id_of(key)) is not None:
            return known
        record = self._record
        described = next((vars(study) for study in record.studies if study.key == key), {"key": key})
        names = {f"sat_sweep.{name}": short(value) for name, value in described.items()
                 if name != "ranges" and value not in (None, {}, [])}
        content = {**names, "sat_sweep.kind": "study", "sat_sweep.study": key,
                   "sat_sweep.sweep": self.sweep.name}
        started = milliseconds(record.created) if record.created else None
        return self.runs.find_or_create(key, content, started)

    def _describe(self, study: StudyRecord, settings: dict[str, Any]) -> None:
        """Show method, condition and winning `settings` of a study; where another trial has won since, by a new run."""
        key, wanted = study.key, study_parameters(study, settings)
        self._study(key)
        status = self.runs.status(key)
        if self.runs.describe(key, wanted):
            return
        self.runs.delete(key)
        parent = self._study(key)
        self.runs.describe(key, wanted)
        for name in self.runs.below(key):
            self.runs.adopt(name, parent)
        if status != OPEN:
            self.runs.close(key, str(status), ended=None)

    def _settle(self, key: str, confirmed: int, ended: int) -> None:
        state = DONE if confirmed >= (self._record.seeds or 1) else KILLED
        if self.runs.status(key) != state:
            self.runs.close(key, state, ended)

    def _ended(self) -> dict[str, int]:
        """When the last trial of each study ended; the same results always give the same times."""
        ended: dict[str, int] = {}
        for result in self.sweep.results():
            ended[result.study] = max(ended.get(result.study, 0), milliseconds(result.ended))
        return ended

    # The report

    def _mirror_report(self) -> None:
        """Copied out of the home first, which may be an object store."""
        folder = self.sweep.folder.inside("report")
        if not folder.exists("report.json"):
            return
        with tempfile.TemporaryDirectory() as place:
            for entry in folder.entries():
                target = Path(place) / entry.key
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(folder.read(entry.key) or b"")
            self.summary(Path(place))
