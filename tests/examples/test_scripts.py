"""The examples run from start to end, each in a folder of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
EXAMPLES = Path(__file__).parents[2] / "examples"


def printed(example: str, folder: Path) -> str:
    """What `example` prints when it is run in `folder`, whose commands are those of this Python."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("SAT_SWEEP_HOME")
    done = subprocess.run([sys.executable, str(EXAMPLES / example)], capture_output=True, text=True, cwd=folder,
                          timeout=400, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_from_python_finds_wrong_labels(tmp_path):
    said = printed("from_python.py", tmp_path)
    assert "<Sweep from_python: finished, 10 of 10 trials>" in said
    rows = re.findall(r"^\d+ +\d+ +(\d) +\d +(\d)$", said, re.MULTILINE)
    assert len(rows) == 5
    assert all(given != true for given, true in rows)


def test_wrong_labels_finds_images_in_the_wrong_folder_and_sweeps_them_relabelled(tmp_path):
    said = printed("wrong_labels.py", tmp_path)
    suspected, rightly = map(int, re.search(r"; (\d+) are suspected, (\d+)% of them rightly", said).groups())
    assert suspected > 50
    assert rightly > 90
    assert len(re.findall(r"labels (?:as they were|relabelled): test accuracy", said)) == 4
    assert (tmp_path / "sweeps/folders/suspects/suspects.html").stat().st_size > 10_000


def test_the_winner_answers_as_the_report_says(tmp_path):
    said = printed("winner.py", tmp_path)
    reported, exported = (float(number) for number in re.findall(r"(\d+\.\d)%", said))
    assert abs(reported - exported) < 5  # the mean of the seeds, and the best at noisy validation
    assert len(re.findall(r"^image \d: circle 0\.\d\d, square 0\.\d\d, cross 0\.\d\d", said, re.MULTILINE)) == 3
