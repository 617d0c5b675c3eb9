"""Versions are said once, for sweeps and for results alike."""

import platform
import subprocess
import sys

import numpy as np

import sat_sweep
from sat_sweep.home.provenance import versions, versions_of


def test_versions_are_what_the_packages_say():
    found = versions_of("numpy", "no-such-package")
    assert found == {"sat_sweep": sat_sweep.__version__, "python": platform.python_version(),
                     "machine": platform.machine(), "numpy": np.__version__}


def test_a_sweep_knows_the_service_too():
    assert versions().keys() >= {*versions_of("torch", "numpy"), "ray", "optuna", "mlflow"}


def test_loaded_or_not_the_version_is_the_same():
    code = """
import sys
from sat_sweep.home.provenance import versions_of
before = versions_of("torch", "torchvision")
assert "torch" not in sys.modules and "torchvision" not in sys.modules
import torch, torchvision
assert versions_of("torch", "torchvision") == before
assert before["torch"] == torch.__version__ and before["torchvision"] == torchvision.__version__
"""
    subprocess.run([sys.executable, "-c", code], check=True)
