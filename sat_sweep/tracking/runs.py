"""The MLflow runs of one sweep, found once by our own tags and remembered from then on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sat_sweep.tracking.curves import KIND

PAGE = 1000
PARENT = "mlflow.parentRunId"


@dataclass
class Known:
    """A run as far as we need it; `result` is the fingerprint of what it shows, `parent` the id of its study's run."""

    id: str
    status: str
    result: str | None = None
    kind: str | None = None
    parent: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    has_metrics: bool = False


class Runs:
    """Names (trial names, study keys, curves, `summary`) to runs."""

    def __init__(self, client: Any, experiment: str) -> None:
        self.client, self.experiment = client, experiment
        self._known = dict(existing_runs(client, experiment))

    def id_of(self, name: str) -> str | None:
        """The run's id, None if there is no such run."""
        known = self._known.get(name)
        return known.id if known else None

    def status(self, name: str) -> str | None:
        """The run's status, None if there is no such run."""
        known = self._known.get(name)
        return known.status if known else None

    def open_studies(self) -> list[str]:
        """The keys of all studies that are shown as running."""
        return [name for name, known in self._known.items() if known.kind == "study" and known.status == "RUNNING"]

    def named(self, kind: str) -> list[str]:
        """The names of all runs of a kind."""
        return [name for name, known in self._known.items() if known.kind == kind]

    def below(self, study: str) -> list[str]:
        """The names of the trials of a study that have runs."""
        return [name for name in self._known if name.startswith(f"{study}/")]

    def parameters(self, name: str) -> dict[str, str]:
        """The parameters that a run has, as far as they were known when the runs were searched, or set since."""
        return self._known[name].parameters

    def has_metrics(self, name: str) -> bool:
        """Whether there is such a run, and it had metrics when the runs were searched."""
        return name in self._known and self._known[name].has_metrics

    def is_mirrored(self, name: str, result: str) -> bool:
        """Whether a run shows exactly this result, completely."""
        known = self._known.get(name)
        return known is not None and known.result == result and known.status != "RUNNING"

    def for_result(self, name: str, tags: dict[str, str], started: int) -> str:
        """The run to write a result to: a half-written one of the same result, else a new one.

        MLflow never changes a parameter, so a run that shows an earlier result under this name is deleted.
        """
        known = self._known.get(name)
        if known is not None and known.result != tags["sat_sweep.result"]:
            self.delete(name)
        return self.find_or_create(name, tags, started)

    def delete(self, name: str) -> None:
        """Remove a run, if there is one of that name."""
        if (known := self._known.pop(name, None)) is not None:
            self.client.delete_run(known.id)

    def adopt(self, name: str, parent: str) -> None:
        """Show a run below the run `parent`, if it is not there already."""
        known = self._known[name]
        if known.parent != parent:
            self.client.set_tag(known.id, PARENT, parent)
            known.parent = parent

    def describe(self, name: str, parameters: dict[str, str]) -> bool:
        """Give a run these parameters besides those it has; False if it has others, which MLflow never changes."""
        from mlflow.entities import Param

        known = self._known[name]
        if any(known.parameters.get(key, value) != value for key, value in parameters.items()):
            return False
        missing = {key: value for key, value in parameters.items() if key not in known.parameters}
        if missing:
            self.client.log_batch(known.id, params=[Param(*pair) for pair in missing.items()])
            known.parameters |= missing
        return True

    def find_or_create(self, name: str, tags: dict[str, str], started: int | None) -> str:
        """The run of that name, made with these tags if need be."""
        if name not in self._known:
            run = self.client.create_run(self.experiment, start_time=started, tags=tags, run_name=name)
            self._known[name] = _known(run)
        return self._known[name].id

    def close(self, name: str, status: str, ended: int | None) -> None:
        """End a run at `ended` (milliseconds), by default now."""
        known = self._known[name]
        self.client.set_terminated(known.id, status, ended)
        known.status = status

    def reopen(self, name: str) -> None:
        """Show a run as running, again if it had ended."""
        known = self._known[name]
        self.client.update_run(known.id, status="RUNNING")
        known.status = "RUNNING"


def existing_runs(client: Any, experiment: str) -> Iterator[tuple[str, Known]]:
    """Every run of the `experiment` that is ours, by name; one that is there twice comes twice."""
    token: str | None = None
    while True:
        page = client.search_runs([experiment], max_results=PAGE, page_token=token)
        for run in page:
            if name := _name(run.data.tags):
                yield name, _known(run)
        token = page.token
        if not token:
            return


def _name(tags: dict[str, str]) -> str | None:
    if "sat_sweep.trial" in tags:
        return tags["sat_sweep.trial"]
    named = {"study": tags.get("sat_sweep.study"), "summary": "summary", KIND: tags.get("sat_sweep.curve")}
    return named.get(tags.get("sat_sweep.kind", ""))


def _known(run: Any) -> Known:
    tags = run.data.tags
    return Known(run.info.run_id, run.info.status, tags.get("sat_sweep.result"), tags.get("sat_sweep.kind"),
                 tags.get(PARENT), dict(run.data.params), bool(run.data.metrics))
