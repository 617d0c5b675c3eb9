"""The sweep that nobody disturbs, run once."""

from __future__ import annotations

import pytest

from tests.faults.campaign import Reference
from tests.faults.round import undisturbed


@pytest.fixture(scope="session")
def reference() -> Reference:
    return undisturbed()
