"""The record of a sweep: what was asked, resolved, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, TypeVar

from sat_sweep.home.checksum import Damaged, sealed, unsealed
from sat_sweep.home.plain import has_plain_fields, is_plain

R = TypeVar("R")
STATES = ("new", "running", "finished", "stopped")


@dataclass(frozen=True)
class StudyRecord:
    """A study of the sweep: `noise` is its level's label, `trials` how many its search has.

    `told` is what its method knows that others do not, in words. `ranges` is what its search moves, by setting: `low`,
    `high`, `log`, `integer`, or `choices`; {} in records of versions that did not write it.
    """

    key: str
    method: str
    noise: str
    rate: float | None = None
    trials: int = 0
    vary: dict[str, Any] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    ranges: dict[str, dict[str, Any]] = field(default_factory=dict)


def condition_label(noise: str, vary: Mapping[str, Any]) -> str:
    """How people read a condition: `symmetric-0.4 model.width=16`; `noise` is the level's label, "" is left out."""
    return " ".join(filter(None, [noise, *(f"{path}={value}" for path, value in vary.items())]))


def baseline_of(asked: str | None, told: Mapping[str, bool]) -> str | None:
    """With which method the others are compared: as asked, else the first that is told no more than others.

    `told` says of each method, in order, whether it is told more; None where there is no method.
    """
    return asked or next((method for method, more in told.items() if not more), next(iter(told), None))


def is_called(asked: str, noise: str, condition: str, rate: float | None) -> bool:
    """Whether `asked` is the label or `rate` of a `noise` level, or the label of the `condition`."""
    try:
        return asked in (noise, condition) or rate == float(asked)
    except ValueError:
        return False


@dataclass(frozen=True)
class DataRecord:
    """The data that the sweep was started with: their fingerprint, numbers of examples, names of classes.

    `test_sizes` is how many test examples each class has, () in records of versions that did not write it.
    """

    fingerprint: str
    train: int
    test: int = 0
    classes: tuple[str, ...] = ()
    test_sizes: tuple[int, ...] = ()


@dataclass(frozen=True)
class SweepRecord:
    """What is known of a sweep, apart from its results.

    `space` is the resolved space file as it was first launched, `extended_by` the trials per study added since.
    `created` is in seconds since 1970. `state` is running, finished or stopped; `finished_trials` the trials per
    study with which it finished, None if it did not. `trials_per_gpu` is what `resources.gpus: auto` has measured.
    `searched` is how many trials of each study count where its budget has ended the search, {} where it has not.
    `owner` has launched it first (`user@host`), "" for a record of a version that did not ask.
    """

    name: str
    space: dict[str, Any] = field(default_factory=dict)
    studies: tuple[StudyRecord, ...] = ()
    data: DataRecord | None = None
    created: float = 0.0
    versions: dict[str, str] = field(default_factory=dict)
    state: str = "new"
    extended_by: int = 0
    finished_trials: int | None = None
    trials_per_gpu: int | None = None
    searched: dict[str, int] = field(default_factory=dict)
    owner: str = ""

    @property
    def seeds(self) -> int | None:
        """How many seeds confirm a winner; None where the space file is not known."""
        seeds = (self.space.get("confirm") or {}).get("seeds")
        return int(seeds) if seeds is not None else None

    def counts(self, study: str, stage: str, number: int) -> bool:
        """Whether a trial belongs to the answer: not if a budget has ended the search before it."""
        return stage != "search" or number < self.searched.get(study, number + 1)

    def changed(self, **changes: Any) -> SweepRecord:
        """The same with some fields changed; studies and data may be given as plain data."""
        return SweepRecord.from_json({**vars(self), **changes})

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> SweepRecord:
        """The record that `to_json` made; raises TypeError for anything else."""
        known = _known(cls, content)
        data = known.data
        return replace(
            known, studies=tuple(_known(StudyRecord, study) for study in known.studies),
            data=None if data is None else replace(found := _known(DataRecord, data), classes=tuple(found.classes),
                                                   test_sizes=tuple(found.test_sizes)))

    def encode(self) -> bytes:
        """As a file, with its checksum."""
        return sealed(self.to_json(), indent=1)

    @classmethod
    def decode(cls, file: bytes | bytearray) -> SweepRecord:
        """The record that `encode` wrote, now or before records had checksums; raises Damaged."""
        try:
            record = cls.from_json(unsealed(file))
        except (AttributeError, TypeError):
            raise Damaged("it is no record of a sweep") from None
        if not has_plain_fields(record) or record.state not in STATES or not _has_blocks(record.space):
            raise Damaged("it is no record of a sweep")
        return record


def _has_blocks(space: Mapping[str, Any]) -> bool:
    """Whether what is read of a resolved space file, without validating all of it again, has its types."""
    return all(is_plain(_found(space, path), hint) for path, hint in _BLOCKS.items())


def _found(content: Any, path: str) -> Any:
    """What is at `path`, None where it or a block around it is missing; something of no type in what is no block."""
    for name in path.split("."):
        content = content.get(name) if isinstance(content, Mapping) else content and ()
    return content


_BLOCKS: dict[str, Any] = {
    "confirm.seeds": int | None, "search.select_by": str | None, "baseline": str | None,
    "methods": list[str] | None, "task.name": str | None, "plugins": list[dict[str, Any]] | None,
    "budget.hours": float | None, "budget.gpu_hours": float | None, "resources.gpus": float | str | None}


def _known(kind: type[R], content: Any) -> R:
    """A `kind` from plain data, without what later versions may have added."""
    if isinstance(content, kind):
        return content
    names = {entry.name for entry in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in content.items() if name in names})
