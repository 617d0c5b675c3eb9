"""Versions are said once, for sweeps and for results alike."""

import platform

import numpy as np

import sat_sweep
from sat_sweep.home.provenance import versions, versions_of


def test_versions_are_those_that_are_loaded():
    found = versions_of("numpy", "no-such-package")
    assert found == {"sat_sweep": sat_sweep.__version__, "python": platform.python_version(),
                     "machine": platform.machine(), "numpy": np.__version__}


def test_a_sweep_knows_the_service_too():
    assert versions().keys() >= {*versions_of("torch", "numpy"), "ray", "optuna", "mlflow"}
