"""What is around panels: the legend has room for as many methods as there are."""

from __future__ import annotations

import pytest

from sat_sweep.report.canvas import finished, grid


@pytest.mark.parametrize("count", [1, 8, 47])
def test_the_legend_stays_within_the_figure(count: int) -> None:
    figure, panels = grid(2, 2, 3.0)
    names = [f"objective_{number:02}+dynamics" if count > 8 else f"m{number}" for number in range(count)]
    for name in names:
        panels[0].plot([0, 1], [0, 1], label=name)
    legend, = finished(figure, panels, names).legends
    extent = legend.get_window_extent()
    assert extent.x1 <= figure.get_figwidth() * figure.dpi
    assert [text.get_text() for text in legend.get_texts()] == names
    assert panels[0].get_window_extent().height > 1.5 * figure.dpi
