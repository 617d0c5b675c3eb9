"""The site is built without a warning, has all that there is, and needs nothing from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

import sat_sweep
from sat_sweep.config import space_schema
from sat_sweep.data import noises
from sat_sweep.data.dataset import datasets
from sat_sweep.methods import registry
from sat_sweep.models import models
from sat_sweep.tasks import tasks

from .blocks import PAGES, ROOT
from .test_commands import COMMANDS

CONFIG = ROOT / "docs" / "site" / "mkdocs.yml"
REGISTERED = {"methods": registry, "tasks": tasks, "datasets": datasets, "noise": noises, "networks": models,
              "commands": COMMANDS}
LEFT_ALONE = {"LICENSE", "benchmarks", "docker", "examples", "search_spaces"}
"""What pages of the repository link to outside `docs/`, beside Markdown."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the site was built strictly: any warning, of links and anchors too, is an error."""
    folder = tmp_path_factory.mktemp("site")
    words = ["build", "--strict", "--quiet", "--config-file", str(CONFIG), "--site-dir", str(folder)]
    done = subprocess.run([sys.executable, "-m", "mkdocs", *words], cwd=ROOT, capture_output=True, text=True,
                          env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})
    if done.returncode:
        pytest.fail(done.stderr[-2000:], pytrace=False)
    return folder


def text(site: Path, page: str) -> str:
    return unescape((site / page).read_text())


def test_every_page_is_in_it(site):
    pages = [page.removeprefix("docs/").replace(".md", ".html") for page in PAGES if page.startswith("docs/")]
    pages += ["index.html", "changelog.html", "contributing.html", "security.html", "benchmarks.html"]
    assert [page for page in pages if not (site / page).is_file()] == []
    assert {path.name.removesuffix(".html") for path in (site / "files").iterdir()} == LEFT_ALONE


@pytest.mark.parametrize("page", REGISTERED)
def test_everything_that_is_registered_has_its_section(site, page):
    found = set(re.findall(r'<h[23] id="([\w-]+)"', text(site, f"reference/{page}.html")))
    assert [name for name in REGISTERED[page] if name not in found] == []


def test_every_option_of_a_space_file_is_explained(site):
    schema = space_schema()
    pages = "".join(text(site, f"reference/{page}.html") for page in ("space-file", *REGISTERED))
    blocks = [schema, *schema["$defs"].values()]
    options = {(name, " ".join(about["description"].split())) for block in blocks
               for name, about in block.get("properties", {}).items()
               if "const" not in about and "description" in about}
    assert [name for name, _ in options if f"<code>{name}</code>" not in pages] == []
    words = re.sub(r"<[^>]*>|\s|`", "", pages)
    assert [name for name, said in options if re.sub(r"<[^>]*>|\s|`", "", said) not in words] == []


def test_every_hyperparameter_and_every_option_of_a_command_is_there(site):
    methods, commands = text(site, "reference/methods.html"), text(site, "reference/commands.html")
    parameters = [f"{name}.{field}" for name in registry for field in registry[name].Parameters.model_fields]
    assert [name for name in parameters if f"<code>{name}</code>" not in methods] == []
    options = {option for command in COMMANDS.values() for each in command.params for option in each.opts
               if option.startswith("--")}
    assert [option for option in options if f"<code>{option}</code>" not in commands] == []


def test_every_public_name_of_python_is_there_with_its_members(site):
    pages = "".join(path.read_text() for path in (site / "reference" / "python").glob("*.html"))
    anchors = set(re.findall(r'id="(sat_sweep\.[\w.]+)"', pages))
    assert [name for name in sat_sweep.__all__ if f"sat_sweep.{name}" not in anchors] == []
    members = {f"sat_sweep.{name}.{member}" for name in sat_sweep.__all__ for member in own_members(name)}
    assert len(members) > 100
    assert members - anchors == set()


def letters(said: str) -> str:
    """Letters and figures alone: marks may be Markdown's."""
    return re.sub(r"[\W_]", "", said)


def shown(site: Path, folder: str) -> str:
    """What pages show a reader, without the marks of HTML."""
    pages = "".join(path.read_text() for path in (site / folder).glob("*.html"))
    return letters(unescape(re.sub(r"<[^>]*>", "", pages)))


def test_docstrings_are_shown_from_the_first_to_the_last_letter(site):
    """A sign that Markdown or HTML takes for its own swallows what follows."""
    reference, python = shown(site, "reference"), shown(site, "reference/python")
    classes = [each[name] for each in (registry, tasks, datasets, noises, models) for name in each]
    modules = [sys.modules[registry[name].__module__] for name in registry]
    assert [thing.__name__ for thing in (*classes, *modules) if letters(thing.__doc__ or "") not in reference] == []
    assert [name for name in sat_sweep.__all__ if letters(getattr(sat_sweep, name).__doc__ or "") not in python] == []
    members = [getattr(getattr(sat_sweep, name), member) for name in sat_sweep.__all__ for member in own_members(name)]
    assert [each.__qualname__ for each in members if letters(each.__doc__ or "") not in python] == []


def own_members(name: str) -> list[str]:
    """The documented public functions of a public class, also of bases that are not public themselves."""
    thing = getattr(sat_sweep, name)
    if not isinstance(thing, type):
        return []
    public = {getattr(sat_sweep, each) for each in sat_sweep.__all__ if isinstance(getattr(sat_sweep, each), type)}
    bases = [base for base in thing.__mro__[1:] if base.__module__.startswith("sat_sweep")]
    inherited = [] if any(base in public for base in bases) else bases
    return [member for cls in (thing, *inherited) for member, value in vars(cls).items()
            if not member.startswith("_") and callable(getattr(value, "__func__", value)) and value.__doc__
            and not isinstance(value, type)]


def test_nothing_comes_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    fetched = r'<(?:script|img|iframe)[^>]*\bsrc="(?:https?:)?//|<link[^>]*\bhref="(?:https?:)?//|url\((?:https?:)?//'
    assert [str(page) for page in (*pages, *site.rglob("*.css")) if re.search(fetched, page.read_text())] == []


def test_every_diagram_has_become_a_table(site):
    assert [str(page) for page in site.rglob("*.html") if "mermaid" in page.read_text()] == []


@pytest.mark.parametrize(("line", "problem"), [
    ("[a page](nowhere.md)", "nowhere.md"), ("[a place](index.md#nothing-there)", "nothing-there"),
    ("[a place](#nothing-there)", "nothing-there"), ("[a file](/etc/passwd)", "/etc/passwd"),
    ("![a picture](nowhere.png)", "nowhere.png"),
])
def test_a_broken_link_is_found(tmp_path, caplog, line, problem):
    """With the site's own settings, on a page of its own."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# Page\n\n{line}\n")
    config = load_config(str(CONFIG), docs_dir=str(tmp_path / "docs"), site_dir=str(tmp_path / "site"), nav=None,
                         hooks=[], plugins=[], extra_css=[])
    with pytest.raises(Abort):
        build(config)
    assert problem in caplog.text
