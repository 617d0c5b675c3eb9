"""docs/cluster.md, word for word: what it says to type at a cluster that is up, where nothing is but a checkout."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from .files import ROOT
from .stack import Stack
from .test_docs_cluster import PAGE, blocks

pytestmark = pytest.mark.slow
WORKING = blocks(PAGE[PAGE.index("## Working with it"):]).splitlines()


@pytest.fixture(scope="module")
def checkout(stack, tmp_path_factory):
    """A folder with the space files and docker/.env, which shares nothing with the cluster."""
    here = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "search_spaces", here / "search_spaces", ignore=shutil.ignore_patterns("data"))
    (here / "docker").mkdir()
    (here / "docker" / ".env").write_text("".join(f"{name}={value}\n" for name, value in stack.secrets.items()))
    return here


def typed(line: str, stack: Stack, checkout: Path) -> subprocess.CompletedProcess[str]:
    """`line` in a shell that has read docker/.env as the page says, and knows nothing else."""
    (reading,) = {line.split("  #")[0].strip() for line in blocks(PAGE).splitlines() if line.startswith("set -o all")}
    return stack.head.run(["sh", "-c", f"{reading}\n{line}"], {}, cwd=checkout, timeout=400)


def test_every_command_does_what_the_page_says(stack, checkout):
    """Its sweep is that of test_commands.py where that ran before; stopping one that runs is in test_submission.py."""
    said = {}
    for line in WORKING:
        done = typed(line, stack, checkout)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        said[line.split()[1]] = done.stdout
    assert said["status"].startswith("cluster: ")
    assert re.search(r"^symmetric-0.4  sat .* 8( \(|$)", said["extend"], re.MULTILINE)  # trials of a study
    assert said["report"].split("\n\n")[0] in said["extend"]
    assert (checkout / "reports" / "cluster" / "report.html").is_file()
    assert yaml.safe_load(said["best"])["method"] == "sat"
