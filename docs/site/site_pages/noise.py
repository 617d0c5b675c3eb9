"""Every kind of noise with its options."""

from __future__ import annotations

from sat_sweep.data import noises
from site_pages.markdown import joined
from site_pages.registered import section

INTRODUCTION = """\
# Noise

The `noise:` block of a space file: what is done to the labels of training and validation examples (or to their inputs)
before anybody sees them, and at which levels. Test labels stay as they are. The error rate that a level really has is
computed, and recorded with every trial. A new kind of noise: [plug-ins](../guides/plug-ins.md)."""


def page() -> str:
    """The page."""
    return joined(INTRODUCTION, *(section(kind, noises[kind]) for kind in noises))
