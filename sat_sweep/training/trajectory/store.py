"""The trajectory store: records of every epoch ever trained, states at some of them, both found by signature.

    <root>/<signature>.records   a segment of epochs, from the one that ends in `signature` on, through which the
                                 same things had influence; where a method starts to act, a new segment starts
    <root>/<signature>.state     everything that is needed to go on: weights, buffers, optimisers, best-so-far
                                 weights unless they are those of another stored state, the method's memory, and
                                 the history up to there

`root` is the signature before the first epoch, the same for all trials that start out as the same run.

It is the only checkpoint there is: a trial that shares its beginning with others, one that was interrupted and one
that was asked for twice all look for the deepest state on their own chain. Nothing here is ever trusted: a state is
used only if its checksum is right and it names the signature it is stored under.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sat_sweep.home.checksum import Damaged, TooNew, sealed, unsealed
from sat_sweep.home.files import Folder
from sat_sweep.training.record import EpochRecord, are_possible
from sat_sweep.training.trajectory.signature import Chain
from sat_sweep.training.trajectory.state import State, decode, encode


class Written(NamedTuple):
    """What storing a state cost: seconds and bytes."""

    seconds: float
    size: int


class TrajectoryStore:
    """Records and states in a folder that any number of workers may share."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._unusable: set[str] = set()
        """The signatures under which files lie that were looked at and cannot be used."""

    def segment(self, root: str, signature: str) -> list[EpochRecord]:
        """The records from the epoch on that ends in `signature`; none where none can be read."""
        content = self.folder.read(f"{root[:16]}/{signature}.records")
        try:
            entries = unsealed(content)["records"] if content is not None else []
            records = [EpochRecord.from_json(entry) for entry in entries]
        except (Damaged, KeyError, TooNew, TypeError):
            return []
        return records if records and records[0].signature == signature else []

    def add_segment(self, root: str, records: Sequence[EpochRecord]) -> None:
        """Remember consecutive epochs under the first one's signature."""
        content = sealed({"records": [record.to_json() for record in records]})
        self.folder.write(f"{root[:16]}/{records[0].signature}.records", content)

    def state(self, root: str, signature: str) -> State | None:
        """The state at `signature`, None where there is none that can be trusted, with its best-so-far weights."""
        state = self._read(root, signature)
        if state is None or not state.lacks_best:
            return state
        best = self._read(root, state.best)
        return state.with_best(best) if best is not None else None

    def holds_state(self, root: str, signature: str) -> bool:
        """Whether a sound state lies under `signature`, whatever becomes of its best-so-far weights."""
        return self._read(root, signature) is not None

    def _read(self, root: str, signature: str) -> State | None:
        content = self.folder.read(f"{root[:16]}/{signature}.state") if "/" not in signature else None
        state = decode(content) if content is not None else None
        if state is not None and state.signature == signature:
            return state
        if content is not None:
            self._unusable.add(signature)
        return None

    def has_state(self, root: str, signature: str) -> bool:
        """Whether a state is stored under `signature` that is not known to be unusable."""
        return signature not in self._unusable and self.folder.exists(f"{root[:16]}/{signature}.state")

    def states(self, root: str) -> set[str]:
        """The signatures under which states are stored, sound or not; one request to an object store."""
        names = self.folder.inside(root[:16]).children()
        return {name.removesuffix(".state") for name in names if name.endswith(".state")}

    def add_state(self, root: str, state: State) -> Written:
        """Store a state; best-so-far weights that are another stored state's are left to that one."""
        started = time.perf_counter()
        if state.best != state.signature and self.has_state(root, state.best):
            state = state.without_best()
        pieces = encode(state)
        self.folder.write(f"{root[:16]}/{state.signature}.state", *pieces)
        self._unusable.discard(state.signature)
        return Written(time.perf_counter() - started, sum(memoryview(piece).nbytes for piece in pieces))


def known_records(store: TrajectoryStore, chain: Chain) -> Iterator[EpochRecord]:
    """The records on `chain` that are known, from the first epoch on, up to the first gap."""
    history: list[EpochRecord] = []
    segment: dict[str, EpochRecord] = {}
    signature = chain.root
    for epoch in range(1, chain.spec.training.epochs + 1):
        influence = chain.influence(epoch, history)
        signature = chain.after(signature, epoch, influence)
        if signature not in segment:
            segment = {record.signature: record for record in store.segment(chain.root, signature)}
        record = segment.get(signature)
        if record is None or not _is_possible(chain, record, history, influence):
            return
        yield record
        history.append(record)
        if record.diverged:
            return


def stored_states(store: TrajectoryStore, chain: Chain, known: Sequence[EpochRecord]) -> Iterator[State]:
    """The states on `chain` whose own history leads to them, the deepest first.

    They are those at one of the `known` epochs, and after them.
    Of two runs that train the same epochs at the same time, the one that is behind may be the last to write them down:
    then states of the other lie beyond what is known.
    """
    if not known:
        return
    stored = store.states(chain.root)
    passed = [record.signature for record in known if not record.diverged]
    ahead = () if known[-1].diverged else _ahead(chain, known)
    for signature in reversed([*passed, *ahead]):
        if signature not in stored:
            continue
        state = store.state(chain.root, signature)
        if state is not None and leads_to(chain, state.history):
            yield state


def _ahead(chain: Chain, known: Sequence[EpochRecord]) -> Iterator[str]:
    """The signatures after the `known` epochs, as far as what is not known yet has no influence on them."""
    signature = known[-1].signature
    for epoch in range(len(known) + 1, chain.spec.training.epochs + 1):
        signature = chain.after(signature, epoch, chain.influence(epoch, known))
        yield signature


def leads_to(chain: Chain, history: Sequence[EpochRecord]) -> bool:
    """Whether `chain`, fed with `history`, passes through exactly its signatures."""
    signature = chain.root
    for epoch, record in enumerate(history, start=1):
        influence = chain.influence(epoch, history)
        signature = chain.after(signature, epoch, influence)
        if record.signature != signature or not _is_possible(chain, record, history[:epoch - 1], influence):
            return False
    return True


def _is_possible(chain: Chain, record: EpochRecord, before: Sequence[EpochRecord], influence: dict[str, Any]) -> bool:
    """Whether `record` can be that of the epoch after those `before`, in which there was this `influence`."""
    acts = bool(influence) or (bool(before) and before[-1].acts)
    return (record.epoch, record.acts) == (len(before) + 1, acts) and are_possible(record.metrics, chain.spec.task)
