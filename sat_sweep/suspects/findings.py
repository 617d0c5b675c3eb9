"""What a sweep has found out about the labels of its training data, condition by condition."""

from __future__ import annotations

from dataclasses import dataclass

from sat_sweep.data import Dataset
from sat_sweep.errors import UserError, did_you_mean
from sat_sweep.home import Home, is_called
from sat_sweep.report.build import build_report
from sat_sweep.report.report import Report
from sat_sweep.report.rows import Row
from sat_sweep.suspects.draw import draws
from sat_sweep.suspects.examples import Examples
from sat_sweep.suspects.noise_rate import NoiseEstimate, estimate
from sat_sweep.suspects.quality import Quality, quality
from sat_sweep.suspects.ranking import Ranking, rank
from sat_sweep.suspects.witness import witnesses
from sat_sweep.training.spec import TrialSpec


@dataclass(frozen=True)
class Findings:
    """Under one condition, by the trials of `method`: a ranking for each draw of labels, and what it tells of all.

    `key` names the condition in file names. `suspected` is how many of a ranking are taken for wrong. `error_rate` is
    the true share of wrong labels, None where nobody knows; `quality` tells how well they are found. `chosen` tells
    that the method is the best by noisy validation, not the user's choice.
    """

    condition: str
    key: str
    method: str
    spec: TrialSpec
    dataset: Dataset
    rankings: tuple[Ranking, ...]
    noise: NoiseEstimate | None
    quality: Quality | None
    error_rate: float | None
    chosen: bool

    @property
    def examples(self) -> Examples:
        """All examples that the rankings may speak of."""
        return Examples(self.dataset)

    @property
    def suspected(self) -> int:
        """The estimated share of all examples; where nothing was held out, those that most witnesses object to."""
        first = self.rankings[0]
        if self.noise is None or self.noise.rate.mean is None:
            return int((2 * first.objections > first.voices).sum())
        return round(self.noise.rate.mean * len(first.order))


def find(home: Home, sweep: str, method: str | None = None, noise: str | None = None) -> list[Findings]:
    """What the `sweep` in `home` tells of its labels under each condition, or the one called `noise`.

    The judge is `method`, else of those that are told no more than others the best by noisy validation. Raises
    UserError where there is no such, or no evidence yet.
    """
    report = build_report(home.existing(sweep))
    conditions = _conditions(report, noise)
    return [_under(home, report, _judge(report, condition, method), chosen=method is None) for condition in conditions]


def _conditions(report: Report, noise: str | None) -> list[str]:
    known = {row.condition: row for row in report.rows}
    chosen = [label for label, row in known.items() if noise is None or is_called(noise, row.noise, label, row.rate)]
    if not chosen:
        raise UserError(f"there is no noise level '{noise}'; {did_you_mean(str(noise), list(known))}")
    return chosen


def _judge(report: Report, condition: str, method: str | None) -> Row:
    rows = [row for row in report.at(condition) if row.confirmations]
    if not rows:
        raise UserError(f"nothing is confirmed under {condition} yet: suspects are found by confirmed trials")
    if method is not None:
        wanted = "".join(method.split())
        chosen = next((row for row in rows if row.method == wanted), None)
        if chosen is None:
            raise UserError(f"there is no confirmed method '{method}'; "
                            f"{did_you_mean(wanted, [row.method for row in rows])}")
        return chosen
    equals = [row for row in rows if row in report.equals] or rows
    worst = report.selection.worst
    return equals[report.selection.best([worst if row.score is None else row.score for row in equals])]


def _under(home: Home, report: Report, judge: Row, *, chosen: bool) -> Findings:
    from sat_sweep.data import load

    spec = TrialSpec.model_validate(judge.confirmations[0].spec)
    dataset, condition = load(spec.dataset), judge.condition
    known = report.record.data
    if known is not None and not report.varied and dataset.fingerprint != known.fingerprint:
        raise UserError(f"the data of sweep '{report.sweep}' are no longer what they were: nothing can be said of them")
    heard = witnesses(home, report.at(condition), Examples(dataset).count, dataset.num_classes)
    own = [witness for witness in heard if witness.method == judge.method]
    if not own:
        raise UserError(f"the confirmed trials of {judge.method} under {condition} have left no evidence: an older "
                        "version trained them, or their files are gone; launch under a new name to have it")
    found = [draw for draw in draws(heard) if draw.of(judge.method)]
    clean_test = spec.noise.kind != "as_given" or dataset.test_is_trusted
    rankings = tuple(rank(draw, judge.method) for draw in found)
    return Findings(condition, judge.key.rsplit("/", 1)[-1], judge.method, spec, dataset, rankings,
                    estimate(own, clean_test=clean_test), quality(found, judge.method), judge.error_rate, chosen)
