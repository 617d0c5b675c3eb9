"""A report that a notebook shows as a page."""

from __future__ import annotations

import html
import tempfile
from pathlib import Path

from sat_sweep.report import Report, write


class NotebookReport(Report):
    """A report like any other, with a page for whoever displays it."""

    @classmethod
    def of(cls, report: Report) -> NotebookReport:
        """The same report."""
        return cls(**vars(report))

    def _repr_html_(self) -> str:
        """The page as `report` writes it, in a frame of its own, so that its style changes no other."""
        with tempfile.TemporaryDirectory() as folder:
            write(self, Path(folder))
            page = (Path(folder) / "report.html").read_text(encoding="utf-8")
        return f'<iframe srcdoc="{html.escape(page)}" width="100%" height="900" style="border: 0"></iframe>'
