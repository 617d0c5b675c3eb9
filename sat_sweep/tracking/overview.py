"""What MLflow shows of a sweep as a whole: the report, a curve for each method, and the view that it opens on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sat_sweep.tracking.curves import KIND, Curve, curves
from sat_sweep.tracking.runs import Runs
from sat_sweep.tracking.view import TAG, view_state

SUMMARY, DONE = "summary", "FINISHED"
DESCRIPTION = "mlflow.note.content"
FIGURE = "robustness-small.png"
"""MLflow shows a figure in a description as large as it is."""
MOST_CHARACTERS = 5000
"""MLflow takes no longer tag of an experiment."""
CUT = "\n\n… and so on."


class Overview:
    """Writes into the experiment of `runs`; what is there already is found again, what has changed is replaced."""

    def __init__(self, client: Any, runs: Runs, on_progress: Callable[[], None]) -> None:
        self.client, self.runs, self.on_progress = client, runs, on_progress

    def show(self, report: Path, rows: Sequence[Mapping[str, Any]], time: int) -> None:
        """Show the report in the folder `report` with its `rows`, as of `time` in milliseconds since 1970."""
        summary = self._show_files(report)
        wanted = curves(rows, time)
        for name in set(self.runs.named(KIND)) - {curve.name for curve in wanted}:
            self.runs.delete(name)
        for place, curve in enumerate(wanted):
            self._show_curve(curve, time - place)
            self.on_progress()
        experiment = self.runs.experiment
        self.client.set_experiment_tag(experiment, TAG, view_state())
        self.client.set_experiment_tag(experiment, DESCRIPTION, description(report, summary))
        self.on_progress()

    def _show_files(self, report: Path) -> str:
        """The files as artifacts of the summary run; its id. Earlier versions gave that run metrics: it is replaced."""
        if self.runs.has_metrics(SUMMARY):
            self.runs.delete(SUMMARY)
        run = self.runs.find_or_create(SUMMARY, {"sat_sweep.kind": SUMMARY}, started=None)
        for path in sorted(found for found in report.rglob("*") if found.is_file()):
            folder = path.parent.relative_to(report).as_posix()
            self.client.log_artifact(run, str(path), None if folder == "." else folder)
            self.on_progress()
        self.client.set_tag(run, DESCRIPTION, description(report, run))
        self.runs.close(SUMMARY, DONE, ended=None)
        return run

    def _show_curve(self, curve: Curve, started: int) -> None:
        """A run of its own; MLflow lists the latest first, so the first method starts last."""
        from mlflow.entities import Metric, Param

        if self.runs.is_mirrored(curve.name, curve.tags["sat_sweep.result"]):
            return
        run = self.runs.for_result(curve.name, curve.tags, started)
        self.client.log_batch(run, metrics=[Metric(*point) for point in curve.points],
                              params=[Param(*pair) for pair in curve.parameters.items()])
        self.runs.close(curve.name, DONE, started)


def description(report: Path, summary: str) -> str:
    """The report's Markdown with its figure, as much as MLflow takes; `summary` is the run that has the files."""
    figure = f"![robustness](get-artifact?path={FIGURE}&run_uuid={summary})"
    file = report / "report.md"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    rest = f"\n\n{figure}\n\nThe whole report: `report.html` among the artifacts of the run `{SUMMARY}`.\n"
    room = MOST_CHARACTERS - len(rest) - len(CUT)
    if len(text) > room:
        text = text[:room].rpartition("\n")[0] + CUT
    return text.rstrip() + rest
