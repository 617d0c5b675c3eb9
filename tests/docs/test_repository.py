"""Links between files of the repository as links between pages of the site."""

from __future__ import annotations

import pytest
from site_pages import repository


@pytest.mark.parametrize(("source", "folder", "link", "in_site"), [
    ("README.md", "", "docs/cluster.md#slurm", "cluster.md#slurm"),
    ("docs/guides/own-data.md", "guides", "../../README.md#from-python", "../index.md#from-python"),
    ("docs/results.md", "", "../benchmarks/figures/zoo_digits.png", "files/benchmarks/figures/zoo_digits.png"),
    ("docs/faq.md", "", "../examples/gated.py", "files/examples/gated.py.md"),
    ("docs/guides/plug-ins.md", "guides", "../../examples", "../files/examples/index.md"),
    ("docs/faq.md", "", "reference/tasks.md", "reference/tasks.md"),
    ("docs/faq.md", "", "#clusters", "#clusters"), ("docs/faq.md", "", "http://127.0.0.1:8265", "http://127.0.0.1:8265"),
])
def test_a_link_leads_to_the_page_of_its_file(source, folder, link, in_site):
    assert repository.mended(f"See [it]({link}).", source, folder) == f"See [it]({in_site})."


def test_code_is_left_alone():
    code = "`[it](../README.md)`\n\n```text\n[it](../README.md)\n```\n"
    assert repository.mended(code, "docs/faq.md", "") == code
    assert repository.links(code) == []


def test_no_secret_is_shown_where_there_is_no_git(tmp_path, monkeypatch):
    monkeypatch.setattr(repository, "ROOT", tmp_path)
    (tmp_path / "docker" / "slurm").mkdir(parents=True)
    for name in (".env", "Dockerfile", "slurm/job.sbatch"):
        (tmp_path / "docker" / name).write_text("a secret")
    assert repository.tracked.__wrapped__("docker") == ("docker/Dockerfile", "docker/slurm/job.sbatch")
