"""The MLflow runs of one sweep, found once by our own tags and remembered from then on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PAGE = 1000


@dataclass
class Known:
    """A run as far as we need it; `result` is the fingerprint of what it shows."""

    id: str
    status: str
    result: str | None = None
    is_study: bool = False


class Runs:
    """Names (trial names, study keys, `summary`) to runs."""

    def __init__(self, client: Any, experiment: str) -> None:
        self.client, self.experiment = client, experiment
        self._known = dict(self._existing())

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
        return [name for name, known in self._known.items() if known.is_study and known.status == "RUNNING"]

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
            self.client.delete_run(known.id)
            del self._known[name]
        return self.find_or_create(name, tags, started)

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

    def _existing(self) -> Iterator[tuple[str, Known]]:
        token: str | None = None
        while True:
            page = self.client.search_runs([self.experiment], max_results=PAGE, page_token=token)
            for run in page:
                if name := _name(run.data.tags):
                    yield name, _known(run)
            token = page.token
            if not token:
                return


def _name(tags: dict[str, str]) -> str | None:
    if "sat_sweep.trial" in tags:
        return tags["sat_sweep.trial"]
    return {"study": tags.get("sat_sweep.study"), "summary": "summary"}.get(tags.get("sat_sweep.kind", ""))


def _known(run: Any) -> Known:
    tags = run.data.tags
    is_study = tags.get("sat_sweep.kind") == "study"
    return Known(run.info.run_id, run.info.status, tags.get("sat_sweep.result"), is_study)
