"""The sweep that is looked at, with everything that several checks need, read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sat_sweep.config.plan import Plan
from sat_sweep.home import Damaged, Home, Result, SweepHome, SweepRecord
from sat_sweep.home.lock import is_driven
from sat_sweep.home.packs import contents
from sat_sweep.sweep.order import order_again


@dataclass(frozen=True)
class Subject:
    """A sweep and what it was asked; `driven` says that a driver runs it, so that some things are still moving.

    `machine` is whether leftovers on this machine are looked for too.
    """

    home: Home
    sweep: SweepHome
    record: SweepRecord
    plan: Plan
    driven: bool
    machine: bool = True

    @classmethod
    def named(cls, name: str, home: str | None = None, machine: bool = True) -> Subject:
        """The sweep of that name; raises UserError if there is none or nothing can be known of it."""
        order = order_again(name, home)
        assert order.known is not None
        return cls(order.home, order.sweep, order.known, order.plan, is_driven(order.sweep), machine)

    @property
    def finished(self) -> bool:
        """Whether its record says that it has run to its end."""
        return self.record.state == "finished" and self.record.finished_trials is not None

    @property
    def results(self) -> dict[str, Result]:
        """Its results that can be believed, by name."""
        return self._read[0]

    @property
    def damaged(self) -> dict[str, str]:
        """Why a result file cannot be believed, by the name of its trial."""
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[dict[str, Result], dict[str, str]]:
        results: dict[str, Result] = {}
        damaged: dict[str, str] = {}
        for key, content in contents(self.sweep.folder):
            name = key.removesuffix(".json")
            try:
                result = Result.decode(content)
                if result.name != name:
                    raise Damaged(f"it is that of {result.name}")
                results[name] = result
            except Damaged as damage:
                damaged[name] = str(damage)
        return results, damaged

    @property
    def studies_url(self) -> str:
        """Where its Optuna studies are."""
        return self.plan.space.storage.studies or self.home.studies

    @property
    def tracking_url(self) -> str:
        """Where its MLflow records are."""
        return self.plan.space.tracking.uri or self.home.tracking
