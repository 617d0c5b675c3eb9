"""A round of the plain Ray Tune program: started, broken and brought to its end as one of sat-sweep is."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from tests.faults.round import STUCK, Launch, Round
from tests.faults.stock.experiment import outcomes
from tests.faults.stock.program import NAME, PROBLEM


@dataclass
class StockRound(Round):
    """The program in a folder of its own, its storage and MLflow's database where sat-sweep has its home."""

    patience: float = 600.0
    beside: list[Launch] = field(default_factory=list)
    """Launches at the same time as another."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.home.mkdir(exist_ok=True)

    @property
    def experiment(self) -> str:
        """Its folder."""
        return str(self.home / "ray" / NAME)

    @property
    def tracking(self) -> str:
        """Where MLflow is."""
        return f"http://127.0.0.1:{self.proxy.port}" if self.proxy else f"sqlite:///{self.home}/mlflow.db"

    def launching(self) -> list[str]:
        return [sys.executable, "-m", "tests.faults.stock.program", str(self.home / "ray"), self.tracking]

    def ended_trials(self) -> int:
        return len({line for line in self.trained_epochs() if line.endswith(f":{PROBLEM.epochs}")})

    def stored_epochs(self) -> set[str]:
        return {f"{trial.name}:{epoch}" for trial in outcomes(self.home / "ray" / NAME)
                for epoch in range(1, trial.stored + 1)}

    @property
    def given_up(self) -> bool:
        return super().given_up or sum(launch.status == STUCK for launch in self.launches) > 1
