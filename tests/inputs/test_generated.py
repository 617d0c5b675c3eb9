"""A few hundred generated inputs on every run; ten thousand by `python -m tests.inputs.generate`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from tests.inputs.judging import judge_data, judge_space
from tests.inputs.strange_data import NOISE, data_sets
from tests.inputs.strategies import spaces

SHORT = {"deadline": None, "database": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=60, **SHORT)
@given(spaces())
def test_generated_space_files_are_planned_or_refused(content):
    with tempfile.TemporaryDirectory() as folder:
        judge_space(content, Path(folder))


@settings(max_examples=60, **SHORT)
@given(data_sets, NOISE)
def test_generated_data_are_trained_on_or_refused(make, noise):
    with tempfile.TemporaryDirectory() as folder:
        judge_data(make(Path(folder)), noise, Path(folder))
