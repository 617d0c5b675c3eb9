"""The figure of a learning-rate range test: accuracy and loss against the rate, and the bounds they suggest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sat_sweep.report.canvas import finished, grid, in_unit, style
from sat_sweep.report.palette import COLOURS, NEUTRAL
from sat_sweep.tasks.classification import NOISY_ACCURACY
from sat_sweep.training.lr_bounds import Bounds, centred_means
from sat_sweep.training.lr_range import Curve


def lr_range_figure(curve: Curve, suggested: Bounds | None, linear: bool, title: str) -> Figure:
    """Both curves side by side over the same rates, on a logarithmic axis unless the test was `linear`."""
    with style():
        figure, panels = grid(1, 2, 3.2)
        _draw(panels[0], curve.rates, curve.accuracies, centred_means(curve.accuracies))
        _draw(panels[1], curve.rates, [point.loss for point in curve.points], curve.losses)
        panels[0].set_title(f"{NOISY_ACCURACY.title}\n{title}")
        panels[1].set_title("training loss\n")
        _without_explosion(panels[1], curve.losses)
        in_unit(panels[0], NOISY_ACCURACY)
        for panel in panels:
            panel.set_xscale("linear" if linear else "log")
            panel.xaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{rate:g}"))
            panel.set_xlabel("learning rate")
            _mark(panel, suggested)
        return finished(figure, panels, [name for name, _ in _marks(suggested)])


def _draw(panel: Any, rates: Sequence[float], measured: Sequence[float], smoothed: Sequence[float]) -> None:
    panel.plot(rates, measured, ".", color=NEUTRAL, alpha=0.4, markersize=4, markeredgewidth=0)
    panel.plot(rates, smoothed, color=NEUTRAL)


def _mark(panel: Any, suggested: Bounds | None) -> None:
    for (name, rate), colour in zip(_marks(suggested), COLOURS, strict=False):
        panel.axvline(rate, color=colour, linestyle="--", label=name)


def _without_explosion(panel: Any, losses: Sequence[float]) -> None:
    """End the axis as far above the first loss as the lowest lies below it: an explosion would flatten all before."""
    fall = losses[0] - min(losses) if losses else 0.0
    if fall and max(losses) > losses[0] + fall:
        panel.set_ylim(top=losses[0] + fall)


def _marks(suggested: Bounds | None) -> list[tuple[str, float]]:
    if suggested is None:
        return []
    return [(f"base {suggested.base:.2g}", suggested.base), (f"max {suggested.max:.2g}", suggested.max)]
