"""What all backends have in common: they run the jobs of a queue until it has none left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sat_sweep.config.plan import Plan
    from sat_sweep.data import DataCache
    from sat_sweep.execution.stores import StorePlaces
    from sat_sweep.search.queue import JobQueue


class Abandoned(BaseException):
    """The backend was left where it is, in the middle of its trials."""


class Backend(Protocol):
    """Runs jobs. Which one runs them changes no number."""

    def prepare(self, plan: Plan) -> None:
        """Begin with whatever takes time before the first job of `plan` can run; returns at once."""

    def run(self, queue: JobQueue, data: DataCache, places: StorePlaces) -> None:
        """Run jobs until `queue.over`.

        `data` have what the plan's trials are trained on. `places` is where workers find
        and leave what outlives their trials. Once the queue is `stopping`, running trials end with their current epoch
        and are given back. Raises Abandoned after `leave`; trials that it had are nobody's then.
        """

    def leave(self) -> None:
        """Let `run` raise Abandoned as soon as it can, wherever its trials are; called in its thread, by a signal."""

    def broken(self) -> str:
        """Why it can run nothing any more, as when a process of its own was killed; "" while all is well."""

    def close(self) -> None:
        """Begin to let go of whatever it needed; nothing is run any more."""
