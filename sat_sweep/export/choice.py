"""Which trials become the model: the best confirmed seed, all of them, or the settings trained on everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sat_sweep.errors import UserError
from sat_sweep.home import Result
from sat_sweep.methods import parse
from sat_sweep.report import Report, Row, value_at
from sat_sweep.tasks.classification import TEST_ACCURACY
from sat_sweep.training import TrialSpec


class Kind(StrEnum):
    """What is made of a study's confirmation."""

    BEST_SEED = "best-seed"
    ENSEMBLE = "ensemble"
    EVERYTHING = "everything"


@dataclass(frozen=True)
class Choice:
    """The trials of `row`, a study of `report`, that become one model; `seeds` are the confirmed ones among them.

    `calibrated_as` is the trial whose temperature they take, where they have no validation part and another has.
    """

    kind: Kind
    report: Report
    row: Row
    specs: tuple[TrialSpec, ...]
    seeds: tuple[int, ...]
    calibrated_as: TrialSpec | None = None

    @property
    def best_weights(self) -> bool:
        """Whether the weights of the best epoch by noisy validation are the judged ones, not those of the last."""
        return self.report.judged_by == "best" and self.specs[0].train_on == "train"

    @property
    def recorded(self) -> float | None:
        """The test accuracy that the sweep has of the one seed that the model is; None for several, or without any."""
        selection = self.report.task.selection
        found = [value_at(self.report.judged_by, result, TEST_ACCURACY, selection) for result in self.row.confirmations
                 if self.seeds == (result.seed,)]
        return found[0] if found else None


def choose(report: Report, row: Row, kind: Kind) -> Choice:
    """What of the study `row` becomes the model; raises UserError where it is not confirmed or cannot be."""
    done = [result for result in row.confirmations if result.state == "complete"]
    if not done:
        raise UserError(f"{row.key}: no seed is confirmed yet, so there is no model to export")
    best = _best(report, done)
    if kind is Kind.EVERYTHING:
        confirmed = TrialSpec.model_validate(best.spec)
        return Choice(kind, report, row, (_on_everything(row, done),), (),
                      confirmed if confirmed.train_on == "train" else None)
    chosen = done if kind is Kind.ENSEMBLE else [best]
    return Choice(kind, report, row, tuple(TrialSpec.model_validate(result.spec) for result in chosen),
                  tuple(result.seed for result in chosen))


def _best(report: Report, done: Sequence[Result]) -> Result:
    """By the noisy validation score at the epoch that is judged; the first seed where nothing was validated."""
    selection = report.task.selection
    scores = [value_at(report.judged_by, result, selection.measure, selection) for result in done]
    known = [(score, result) for score, result in zip(scores, done, strict=True) if score is not None]
    return known[selection.measure.best([score for score, _ in known])][1] if known else done[0]


def _on_everything(row: Row, done: Sequence[Result]) -> TrialSpec:
    """The settings on training and validation images together, with the seed after those that confirmed them."""
    watching = [part.name for part in parse(row.method) if part.needs_validation]
    if watching:
        raise UserError(f"{row.key}: {' and '.join(watching)} watches validation images while it trains, which are not "
                        "held out if everything is trained on; export --from best-seed or ensemble")
    seed = max(result.seed for result in done) + 1
    return TrialSpec.model_validate({**done[0].spec, "train_on": "trainval", "seed": seed})
