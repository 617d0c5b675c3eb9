"""The precision-recall curve of what is suspected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sat_sweep.report.canvas import finished, grid, style, svg
from sat_sweep.report.palette import COLOURS, NEUTRAL

if TYPE_CHECKING:
    from sat_sweep.suspects.findings import Findings


def precision_recall_svg(findings: Findings) -> str:
    """Precision against recall in percent, with what guessing would give; needs `findings.quality`."""
    quality = findings.quality
    assert quality is not None
    with style():
        figure, (panel,) = grid(1, 1, 2.8)
        panel.plot(100 * quality.recall, 100 * quality.precision, color=COLOURS[0], label=findings.method)
        if findings.error_rate is not None:
            panel.axhline(100 * findings.error_rate, color=NEUTRAL, linestyle=":", label="guessing")
        panel.set(xlabel="recall, %", ylabel="precision, %", xlim=(0, 100), ylim=(0, 102))
        return svg(finished(figure, [panel], [findings.method, "guessing"]), f"suspects {findings.condition}")
