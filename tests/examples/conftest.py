"""The plug-ins of `examples/`, loaded as a space file would."""

from __future__ import annotations

from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def plugin():
    """A loader that gives the spec's block for a plug-in: `plugin("decoupling")`."""
    return lambda name: [str(EXAMPLES / f"{name}.py")]
