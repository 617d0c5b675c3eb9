"""Weight averaging: evaluation sees a moving average of the weights, training goes on as it is.

Polyak & Juditsky, "Acceleration of Stochastic Approximation by Averaging", SIAM J. Control Optim. 30 (1992). After
every step, with the steps counted from 1:

    average <- d * average + (1 - d) * weights,   d = min(1 - 1 / (step + 1), decay)

Running statistics of normalisation are averaged likewise. The average is a further network of the run: whatever puts
the run back to an earlier state puts it back too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from sat_sweep.methods.averages import average_into, growing_decay
from sat_sweep.methods.base import Dynamics, Method, Need, register
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Network, Record, Run, Tools

PREFIX = "average of "


class Averaged:
    """`tools` whose networks are the averages."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def network(self, name: str = "main") -> Network:
        """The average of the network `name`."""
        return self._tools.network(PREFIX + name)

    def __getattr__(self, name: str) -> Any:
        """All else is the run's."""
        return getattr(self._tools, name)


class WeightEmaParameters(Parameters):
    """Averages over some 1 / (1 - decay) steps; 0 evaluates the weights themselves."""

    decay: float = hyperparameter(0.99, ge=0, lt=1, search=Range(0.9, 0.999),
                                  meaning="how much of the average is kept at each step")


@register
class WeightEma(Dynamics):
    """An average of weights forgets what single batches have done, wrong labels included.

    Cross-entropy with it, stopped by validation, had 86.7 % on the worst labels of CIFAR-10N. Too long a memory for a
    short run keeps what the first steps knew.
    """

    name = "weight_ema"
    paper = "Polyak & Juditsky 1992"
    Parameters: ClassVar[type[Parameters]] = WeightEmaParameters
    needs = frozenset({Need.SECOND_NETWORK})
    counts_steps = True

    @classmethod
    def clash(cls, other: type[Method]) -> str | None:
        """An average of an average."""
        return "'mean_teacher' is evaluated by an average of weights already" if other.name == "mean_teacher" else None

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """The decay, from the first step on."""
        return {"decay": self.parameters.decay}

    def follows(self, network: str) -> str | None:
        """An average follows what it is the average of."""
        return network.removeprefix(PREFIX) if network.startswith(PREFIX) else None

    def begin_epoch(self, run: Run) -> None:
        """Averages start as copies."""
        self._steps = (run.epoch - 1) * self.setting.steps_per_epoch
        self._copy_new(run)

    def after_step(self, run: Run, step: int) -> None:
        """Move the averages; a network that came with this very step starts its own."""
        self._copy_new(run)
        self._steps += 1
        decay = growing_decay(self._steps, self.parameters.decay)
        for name, network in run.trained.items():
            average_into(run.network(PREFIX + name).module, network.module, decay, buffers=True)

    def evaluated(self, tools: Tools) -> Tools:
        """The averages."""
        return cast("Tools", Averaged(tools))

    def _copy_new(self, run: Run) -> None:
        for name, network in run.trained.items():
            if PREFIX + name not in run.networks:
                run.network(PREFIX + name).module.load_state_dict(network.module.state_dict())
