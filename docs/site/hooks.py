"""What MkDocs calls while it builds the site: pages from the package and the repository are added, links mended."""

from __future__ import annotations

import posixpath
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from site_pages import generated, repository
from site_pages.diagrams import without_diagrams


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is generated, the Markdown files outside `docs/`, and every file that a page links to."""
    for place, text in generated().items():
        files.append(File.generated(config, place, content=text))
    written = [f"docs/{file.src_uri}" for file in files.documentation_pages() if file.generated_by is None]
    for place, content in repository.shown(written).items():
        files.append(File.generated(config, place, content=content))
    for asset in ("site.css", "iframe-worker.js"):
        files.append(File.generated(config, f"assets/{asset}", abs_src_path=str(Path(__file__).with_name(asset))))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links that hold in the repository become links within the site; generated pages have none but the latter."""
    source = repository.source_of(page.file.src_uri)
    return without_diagrams(repository.mended(markdown, source, posixpath.dirname(page.file.src_uri)))
