"""The pages of the site that are made from the package, so that they say what it does."""

from __future__ import annotations

from collections.abc import Callable

from site_pages import augmentations, commands, datasets, methods, networks, noise, python, space_file, tasks

__all__ = ["generated"]

PAGES: dict[str, Callable[[], str]] = {
    "reference/space-file.md": space_file.page,
    "reference/methods.md": methods.page,
    "reference/tasks.md": tasks.page,
    "reference/datasets.md": datasets.page,
    "reference/noise.md": noise.page,
    "reference/networks.md": networks.page,
    "reference/augmentations.md": augmentations.page,
    "reference/commands.md": commands.page,
}


def generated() -> dict[str, str]:
    """Markdown by the page's place in `docs/`."""
    return {place: page() for place, page in PAGES.items()} | python.pages()
