"""`lr-range`: a learning-rate range test, the bounds that it suggests and its figure; no sweep is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sat_sweep.commands.one_trial import OneTrial, one_trial
from sat_sweep.commands.output import say, show, show_json, show_table
from sat_sweep.commands.trial import check_device
from sat_sweep.errors import ExitStatus, UserError
from sat_sweep.methods.cyclical_lr import CyclicalLr
from sat_sweep.training.lr_bounds import Bounds, bounds
from sat_sweep.training.lr_range import Curve, Rates, range_test

BELOW, ABOVE = 1e-3, 30.0
"""Where the test starts and ends, in learning rates of the file."""
ROWS = 12
"""Of the table, about."""


@dataclass(frozen=True)
class Limits:
    """What was asked for on the command line; None is what the file's learning rate suggests."""

    low: float | None
    high: float | None
    linear: bool

    def rates(self, given: float) -> Rates:
        """Those to go through where the file has the learning rate `given`; raises UserError if they do not rise."""
        low = BELOW * given if self.low is None else self.low
        high = ABOVE * given if self.high is None else self.high
        if not 0 < low < high < float("inf"):
            raise UserError(f"a range test goes from a small learning rate above 0 to a larger one, got --from {low:g} "
                            f"--to {high:g}")
        return Rates(low, high, self.linear)


def lr_range(file: Path, method: str | None, noise: str | None, limits: Limits, epochs: int, out: Path | None,
             as_json: bool) -> int:
    """Test `method` under `noise` of the space file, or the trial of a trial file; `--json` alone only prints."""
    tested = one_trial(file, method, noise)
    check_device(tested.spec)
    rates = limits.rates(tested.spec.training.optimizer.lr)
    say(f"Range test of {tested.label}: {epochs} epochs from fresh weights, learning rate from {rates.low:g} to "
        f"{rates.high:g}")
    curve = range_test(tested.spec, rates, epochs, tested.dataset)
    suggested = bounds(curve)
    if as_json:
        show_json(_as_data(tested, rates, epochs, curve, suggested))
    else:
        _print(tested, curve, suggested)
    if out is not None or not as_json:
        _write(tested, curve, suggested, rates.linear, (out or Path()) / f"lr_range_{tested.spec.method}")
    return ExitStatus.DONE if suggested else ExitStatus.INCOMPLETE


def _print(tested: OneTrial, curve: Curve, suggested: Bounds | None) -> None:
    rows = list(zip(curve.rates, curve.losses, curve.accuracies, strict=True))
    shown = rows[:: max(1, len(rows) // ROWS)]
    show_table(["learning rate", "training loss", "accuracy on noisy validation labels"],
               [[f"{rate:.2g}", f"{loss:.3f}", f"{accuracy:.3f}"] for rate, loss, accuracy in shown])
    for line in _answer(tested, curve, suggested):
        show(line)


def _answer(tested: OneTrial, curve: Curve, suggested: Bounds | None) -> Iterator[str]:
    """The bounds as lines to paste, and what to doubt of them."""
    yield ""
    if curve.exploded:
        yield "The loss exploded, which ended the test."
    if suggested is None:
        yield (f"Accuracy has not risen clearly from {curve.start:.3f}, on {curve.examples:,} examples: nothing to "
               f"suggest. Try more --epochs or another range.")
        return
    yield f"Suggested bounds for {tested.label}: base {suggested.base:.2g}, max {suggested.max:.2g}"
    yield from _doubts(suggested)
    low, high = f"{suggested.base:.2g}", f"{suggested.max:.2g}"
    yield "To search between them:"
    yield f"search:\n  space:\n    training.optimizer.lr: {{low: {low}, high: {high}, log: true}}"
    parts = tested.spec.method.split("+")
    cyclical = parts if CyclicalLr.name in parts else [*parts, CyclicalLr.name]
    yield f"To go up and down between them, with {'+'.join(cyclical)}:"
    yield f"training:\n  optimizer:\n    lr: {high}"
    yield f"search:\n  space:\n    cyclical_lr.base: {suggested.base / suggested.max:.2g}"


def _doubts(suggested: Bounds) -> Iterator[str]:
    if suggested.from_first:
        yield "Accuracy rises from the first rate on: a lower --from may show a lower base."
    if suggested.to_last:
        yield "Accuracy still rises at the last rate: a higher --to may show a higher max."


def _as_data(tested: OneTrial, rates: Rates, epochs: int, curve: Curve, suggested: Bounds | None) -> dict[str, Any]:
    return {
        "method": tested.spec.method, "noise": tested.spec.noise.label, "tested": tested.label, "epochs": epochs,
        "from": rates.low, "to": rates.high, "linear": rates.linear, "exploded": curve.exploded,
        "start_accuracy": curve.start, "validation_examples": curve.examples,
        "points": [{"lr": rate, "loss": loss, "accuracy": accuracy}
                   for rate, loss, accuracy in zip(curve.rates, curve.losses, curve.accuracies, strict=True)],
        "suggested": suggested and suggested._asdict(),
    }


def _write(tested: OneTrial, curve: Curve, suggested: Bounds | None, linear: bool, path: Path) -> None:
    """The figure as `path`.png and .svg; the folder is made if need be."""
    from sat_sweep.report.canvas import png, svg
    from sat_sweep.report.lr_range import lr_range_figure

    figure = lr_range_figure(curve, suggested, linear, tested.label)
    path.parent.mkdir(parents=True, exist_ok=True)
    Path(f"{path}.png").write_bytes(png(figure))
    Path(f"{path}.svg").write_text(svg(figure, "lr-range"), encoding="utf-8")
    say(f"Figure: {path}.png and .svg")
