"""Files of the repository that are not in `docs/`, as pages of the site.

README and its like are pages; any other file that a page links to becomes a page with its text, below `files/`. So
every link of the Markdown files, which holds in the repository, has its place in the site.
"""

from __future__ import annotations

import posixpath
import re
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGES = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md",
         "SECURITY.md": "security.md", "benchmarks/README.md": "benchmarks.md"}
"""Markdown files outside `docs/`, and what they are called in the site."""
LANGUAGES = {".yaml": "yaml", ".py": "python", ".toml": "toml", ".sql": "sql", ".sbatch": "bash"}
PICTURES = (".png", ".svg")
UNSEARCHED = "---\nsearch: {exclude: true}\n---\n\n"
"""What keeps a page out of the search, in which files would come before the pages about them."""
_LINK = re.compile(r"(\]\()([^)\s]+)(\))")
_CODE = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)


def source_of(place: str) -> str:
    """The file of the repository that the page at `place` of the site is made from, or would be."""
    return next((source for source, page in PAGES.items() if page == place), f"docs/{place}")


def links(markdown: str) -> list[str]:
    """Targets of the relative links of a page, without what stands in code."""
    return [target for _, target, _ in _LINK.findall(_CODE.sub("", markdown)) if _is_relative(target)]


def mended(markdown: str, source: str, folder: str) -> str:
    """`markdown` of the file `source` with its relative links as they hold from `folder` of the site."""
    return "".join(part if _CODE.fullmatch(part) else _LINK.sub(
        lambda link: link[1] + _in_site(link[2], source, folder) + link[3], part) for part in _CODE.split(markdown))


def _in_site(target: str, source: str, folder: str) -> str:
    path, hash_sign, anchor = target.partition("#")
    if not path or not _is_relative(target):
        return target
    place = place_of(posixpath.normpath(posixpath.join(posixpath.dirname(source), path)))
    return posixpath.relpath(place, folder or ".") + hash_sign + anchor


def _is_relative(target: str) -> bool:
    return not re.match(r"[a-z]+:|#|/", target)


def place_of(path: str) -> str:
    """Where the site shows the file or folder at `path` of the repository."""
    if path in PAGES or path.startswith("docs/"):
        return PAGES.get(path, path.removeprefix("docs/"))
    if path.endswith(PICTURES):
        return f"files/{path}"
    return f"files/{path}/index.md" if (ROOT / path).is_dir() else f"files/{path}.md"


def shown(written: Iterable[str]) -> dict[str, str | bytes]:
    """What the site shows of the repository beside the pages `written` in `docs/`, by its place in the site."""
    pages = {place: (ROOT / source).read_text() for source, place in PAGES.items()}
    targets = {posixpath.normpath(posixpath.join(posixpath.dirname(source), target.partition("#")[0]))
               for source in (*PAGES, *written) for target in links((ROOT / source).read_text())}
    outside = [path for path in sorted(targets) if not path.startswith("docs/") and path not in PAGES]
    inside = [file for path in outside if (ROOT / path).is_dir() for file in tracked(path)]
    return pages | {place_of(path): _content(path) for path in (*outside, *inside) if (ROOT / path).exists()}


def _content(path: str) -> str | bytes:
    if path.endswith(PICTURES):
        return (ROOT / path).read_bytes()
    if (ROOT / path).is_dir():
        files = "\n".join(f"- [{file}]({posixpath.relpath(place_of(file), f'files/{path}')})" for file in tracked(path))
        return f"{UNSEARCHED}# {path}/\n\n{files}\n"
    language = LANGUAGES.get(posixpath.splitext(path)[1], "text")
    return f"{UNSEARCHED}# {path}\n\n````{language}\n{(ROOT / path).read_text()}\n````\n"


@cache
def tracked(folder: str) -> tuple[str, ...]:
    """The files in `folder` that are under version control; where there is no git, all but hidden ones (secrets)."""
    listed = subprocess.run(["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True)
    found = map(ROOT.joinpath, listed.stdout.splitlines()) if listed.returncode == 0 else (ROOT / folder).rglob("[!.]*")
    return tuple(sorted(str(path.relative_to(ROOT)) for path in found if path.is_file() and path.suffix != ".pyc"))
