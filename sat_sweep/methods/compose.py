"""From a method string to running code: `objective[+dynamics …]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import TYPE_CHECKING, Any

from sat_sweep.errors import UserError, did_you_mean
from sat_sweep.imports.plugins import foreign_code
from sat_sweep.methods.base import Algorithm, Dynamics, Method, Need, registry
from sat_sweep.methods.parameters import Length
from sat_sweep.methods.tools import Batch, Record, Run, Setting, Tools, Update

if TYPE_CHECKING:
    from torch import Tensor


def parse(text: str) -> list[type[Method]]:
    """The classes that `text` names, the objective first.

    Raises UserError for an unknown name, dynamics in the first place, a second objective or a repetition.
    """
    parts = [registry[name.strip()] for name in text.split("+")]
    if not issubclass(parts[0], Algorithm):
        objectives = [name for name in registry if issubclass(registry[name], Algorithm)]
        raise UserError(f"a method starts with an objective, but '{text}' starts with dynamics; "
                        f"{did_you_mean(parts[0].name, objectives)}")
    for part in parts[1:]:
        if not issubclass(part, Dynamics):
            raise UserError(f"a method has one objective, but '{text}' also has '{part.name}'")
    if len(set(parts)) != len(parts):
        raise UserError(f"'{text}' names a part twice")
    for part, other in permutations(parts, 2):
        if reason := part.clash(other):
            raise UserError(f"'{text}' makes no sense: {reason}")
    return parts


def shortest_with(part: type[Method]) -> str:
    """A method string with `part`: alone if it can be, else behind `ce`, or the first objective that it goes with."""
    if issubclass(part, Algorithm):
        return part.name
    objectives = (registry[name] for name in ("ce", *registry) if issubclass(registry[name], Algorithm))
    fits = (other.name for other in objectives if not (part.clash(other) or other.clash(part)))
    return f"{next(fits, 'ce')}+{part.name}"


def needs(text: str, parameters: Mapping[str, Any] | None = None) -> frozenset[Need]:
    """What the parts of the method string `text` are told or lent beyond noisy labels and one network.

    `parameters`, flat: those that are fixed, of these parts or of others.
    """
    return frozenset().union(*(part.needs_given(own_parameters(part, parameters or {})) for part in parse(text)))


def own_parameters(part: type[Method], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the flat `parameters` that are of `part`, by their names within it."""
    return {key.split(".", 1)[1]: value for key, value in parameters.items() if key.split(".")[0] == part.name}


def told(text: str, parameters: Mapping[str, Any] | None = None) -> list[str]:
    """What the method string `text` knows that others do not, in words; `parameters` as for `needs`."""
    return sorted(need.what for need in needs(text, parameters) if need.is_told)


def unweighted(text: str) -> str | None:
    """Why the method string `text` is nothing for data that bring weights, with the remedy; None if it goes by them."""
    parts = [part.name for part in parse(text) if not part.weighs_examples]
    if not parts:
        return None
    return f"'{parts[0]}' takes steps of its own, which do not go by `dataset.weight`: drop '{text}', or the weights"


class Composition:
    """One objective and its dynamics, built for one trial; `parameters` is flat: `{"sat.momentum": 0.9}`."""

    def __init__(self, text: str, parameters: Mapping[str, Any], setting: Setting) -> None:
        parts = [self._build(cls, parameters, setting) for cls in parse(text)]
        self.parts, self.setting = parts, setting
        self._code = {part.name: foreign_code(type(part)) for part in parts}
        assert isinstance(parts[0], Algorithm)
        self.algorithm: Algorithm = parts[0]
        self.dynamics = [part for part in parts[1:] if isinstance(part, Dynamics)]

    @staticmethod
    def _build(cls: type[Method], parameters: Mapping[str, Any], setting: Setting) -> Method:
        length = Length(setting.epochs, setting.steps_per_epoch)
        return cls(cls.Parameters.resolve(own_parameters(cls, parameters), length), setting)

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """What acts in `epoch`, by part; {} while the whole behaves like plain cross-entropy training.

        Of a plug-in's part its code acts as well: what an earlier version of it has trained is another training.
        """
        acting = {part.name: part.influence(epoch, history) for part in self.parts}
        return {name: {**influence, **self._code[name]} for name, influence in acting.items() if influence}

    def begin_epoch(self, run: Run) -> None:
        """Let every part prepare for `run.epoch`."""
        for part in self.parts:
            part.begin_epoch(run)

    def update(self, tools: Tools, batch: Batch, epoch: int) -> Update:
        """Take one step on `batch`: the algorithm does, unless dynamics take it in another way."""
        for part in self.dynamics:
            if (taken := part.update(self.algorithm, tools, batch, epoch)) is not None:
                return taken
        return self.algorithm.update(tools, batch, epoch)

    def end_epoch(self, run: Run) -> dict[str, Tensor]:
        """Scalars that the record of `run.epoch` is to have, by `part/name`."""
        return {f"{part.name}/{key}": value for part in self.parts for key, value in part.end_epoch(run).items()}

    def predict(self, tools: Tools, inputs: Tensor) -> Tensor:
        """Logits (B, outputs) of what evaluation sees."""
        for part in self.dynamics:
            tools = part.evaluated(tools)
        return self.algorithm.predict(tools, inputs)

    def follows(self, network: str) -> str | None:
        """Which network `network` follows, if a part moves it itself instead of having it trained."""
        return next(filter(None, (part.follows(network) for part in self.parts)), None)

    @property
    def memory(self) -> dict[str, Tensor]:
        """All parts' memory, flat by `part.name`."""
        return {f"{part.name}.{key}": value for part in self.parts for key, value in part.memory.items()}

    @memory.setter
    def memory(self, stored: Mapping[str, Tensor]) -> None:
        for part in self.parts:
            prefix = f"{part.name}."
            part.memory = {k.removeprefix(prefix): v for k, v in stored.items() if k.startswith(prefix)}
