"""What is written about the package is true."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer
import yaml
from site_pages import generated

from sat_sweep import __version__
from sat_sweep.cli import app
from sat_sweep.config import load_space, plan

ROOT = Path(__file__).parents[1]
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
OURSELVES = "tests/test_docs.py"


def files() -> list[str]:
    """Everything that is, or is about to be, under version control."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def code(markdown: str) -> str:
    """The fenced blocks and inline code of a page, long lines joined."""
    blocks = re.findall(r"^```.*?^```|`[^`\n]+`", markdown, re.MULTILINE | re.DOTALL)
    return "\n".join(blocks).replace("\\\n", " ")


def calls(markdown: str) -> list[list[str]]:
    """What stands behind the command `sat-sweep` in a page's code, up to a comment or the end of the command."""
    called = re.findall(r"(?:^|[`;&|]|run) *sat-sweep ([^\n`#|;&>]+)", code(markdown), re.MULTILINE)
    return [call.split() for call in called]


def pages() -> list[str]:
    return [name for name in files() if name.endswith(".md")]


def test_the_readme_shows_every_command():
    assert set(COMMANDS) - {call[0] for call in calls(README)} == set()


def test_every_command_that_pages_show_exists_with_its_options():
    wrong = [(page, " ".join(call)) for page in pages() for call in calls((ROOT / page).read_text())
             if not _exists(call)]
    assert wrong == []


def _exists(call: list[str]) -> bool:
    options = {word.split("=")[0].strip("[],.") for word in call if word.lstrip("[").startswith("--")}
    if call[0].startswith("-"):
        return options <= {"--help", "--version"}
    known = {option for parameter in COMMANDS[call[0]].params for option in
             (*parameter.opts, *parameter.secondary_opts)} if call[0] in COMMANDS else set()
    return call[0] in COMMANDS and options <= {*known, "--help"}


def test_every_relative_link_leads_somewhere():
    """To a file, or to a page that the site makes of the code."""
    made = {ROOT / "docs" / place for place in generated()}
    links = [(page, (ROOT / page).parent / link) for page in pages()
             for link in re.findall(r"\]\((?![a-z]+:)([^)\s#]+)[^)]*\)", (ROOT / page).read_text())]
    assert [(page, str(target)) for page, target in links
            if not target.exists() and Path(os.path.normpath(target)) not in made] == []


def spaces() -> list[Path]:
    """The shipped space files; a folder `data` holds no such."""
    folder = ROOT / "search_spaces"
    return [path for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix != ".md" and "data" not in path.relative_to(folder).parts]


@pytest.mark.parametrize("path", spaces(), ids=lambda path: path.name)
def test_every_shipped_space_file_can_be_planned(path):
    assert plan(load_space(path)).studies


def test_the_change_log_is_about_this_version():
    newest = re.search(r"^## \[?v?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert newest[1] == __version__


def test_the_package_has_one_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "sat_sweep/__init__.py"


@pytest.mark.parametrize(("what", "pattern"), [
    ("a home folder", r"(?<![\w.}])/(home|Users)/[a-z]\w*|(?<![\w.])/roo[t]/\w|[A-Z]:\\Users\\"),
    ("this very checkout", rf"(?<![\w.]){re.escape(str(ROOT))}(/|\b)" if len(ROOT.parts) > 2 else "(?!)"),
    ("a registry's address", r"(extra-)?index-url|find-links|(UV|PIP)_[A-Z_]*INDEX|https?://[\w.-]*(registry|packages|artifact)"),
])
def test_no_file_names(what, pattern):
    named = [f"{name}:{number}" for name in files() if name != OURSELVES
             for number, line in enumerate((ROOT / name).read_text(errors="replace").splitlines(), start=1)
             if re.search(pattern, line)]
    assert named == [], what


def test_every_recipe_starts_from_what_there_is():
    rows = re.findall(r"^\| .* \| `([\w/]+)/NAME\.py`.* \| (.*) \| (.*) \|$", CONTRIBUTING, re.MULTILINE)
    assert len(rows) >= 7
    named = [ROOT / "sat_sweep" / folder / name for folder, examples, _ in rows
             for name in re.findall(r"`(\w+\.py)`", examples)]
    suites = [ROOT / name for name in re.findall(r"`(tests/[\w/]+\.py)`", CONTRIBUTING)]
    assert [path for path in named + suites if not path.is_file()] == []


def test_hooks_and_ci_run_the_same_checks():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert ".ci/check" in [hook["entry"] for hook in hooks]
    assert {".ci/check", ".ci/lowest"} <= set((ROOT / ".ci/run").read_text().replace(";", " ").split())
    assert all(os.access(ROOT / ".ci" / name, os.X_OK) for name in ("check", "lowest", "run"))


def test_the_readme_s_method_is_a_method(tmp_path, monkeypatch):
    import torch

    from sat_sweep.methods import Batch, Setting, parse, registry
    from sat_sweep.tasks.classification import Classification

    section = README.partition("## Adding a method")[2]
    source = re.search(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert source
    list(registry)
    monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    exec(compile(source[1], "README.md", "exec"), {"__name__": "readme"})
    (cls,) = parse("brier")
    objective = cls(cls.Parameters(), Setting(1, 1, 2, 2, 0, Classification().selection))
    batch = Batch(torch.tensor([0, 1]), torch.tensor([0, 1]), torch.zeros(2, 3))
    assert objective.loss(torch.zeros(2, 2), batch, 1).item() == 0.5
    assert objective.influence(1, [])
