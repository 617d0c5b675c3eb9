"""What every registered task must do, also one that is added tomorrow: the checks of `sat_sweep.conformance`."""

from functools import cache

import pytest

from sat_sweep.conformance.tasks import CHECKS, TaskToy
from sat_sweep.tasks import tasks

toy = cache(TaskToy)
"""Made once for each task, since it remembers a trial."""


@pytest.mark.parametrize("name", list(tasks))
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_rule(name, check):
    check(toy(name))
