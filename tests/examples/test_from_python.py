"""The example runs from start to end, in a folder of its own."""

import re
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "from_python.py"


def test_it_runs_and_finds_wrong_labels(tmp_path):
    done = subprocess.run([sys.executable, str(EXAMPLE)], capture_output=True, text=True, cwd=tmp_path, timeout=400)
    assert done.returncode == 0, done.stderr
    assert "<Sweep from_python: finished, 10 of 10 trials>" in done.stdout
    rows = re.findall(r"^\d+ +\d+ +(\d) +\d +(\d)$", done.stdout, re.MULTILINE)
    assert len(rows) == 5
    assert all(given != true for given, true in rows)
