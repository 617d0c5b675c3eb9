"""A space file is read, checked and planned before anything heavy is loaded. Each in a fresh interpreter."""

import json
import subprocess
import sys
from pathlib import Path

HEAVY = ["torch", "torchvision", "ray", "optuna", "mlflow", "scipy", "matplotlib", "pandas", "pyarrow", "sklearn",
         "PIL"]
QUICKSTART = Path(__file__).parents[2] / "search_spaces" / "quickstart.yaml"


def loaded_after(script: str, *arguments: str) -> list[str]:
    """Which heavy packages are loaded after `script`."""
    told = f"{script}\nimport json\nprint(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", f"import sys\n{told}", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_settings_of_data_and_networks_come_without_torch():
    assert loaded_after("""
from sat_sweep.data import datasets, noises
from sat_sweep.models import models
for registry in (datasets, noises, models):
    assert [registry[name].model_json_schema() for name in registry]
""") == []


def test_a_space_file_is_planned_without_anything_heavy():
    assert loaded_after("""
from sat_sweep.config import load_space, plan
assert plan(load_space(sys.argv[1])).studies
""", str(QUICKSTART)) == []


def test_whoever_asks_for_one_name_gets_its_module_alone():
    done = subprocess.run([sys.executable, "-c", """
import sys
from sat_sweep.models import AnyModel, models
from pydantic import TypeAdapter
assert TypeAdapter(AnyModel).validate_python({"name": "mlp"}).name == "mlp"
assert "sat_sweep.models.resnet" not in sys.modules
assert "resnet18" in models and "sat_sweep.models.resnet" in sys.modules
"""], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_a_worker_reads_brings_no_driver_along():
    assert "optuna" not in loaded_after("""
from sat_sweep.execution.ray_tune.trainable import TrialRunner, request
assert request.__module__ == TrialRunner.__module__
assert not {f"sat_sweep.execution.ray_tune.{name}" for name in ("backend", "session", "bridge")} & set(sys.modules)
""")
