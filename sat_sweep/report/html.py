"""HTML without a template language: text is escaped unless it is Html already."""

from __future__ import annotations

import html

VOID = ("img",)
"""Elements that have neither content nor an end."""


class Html(str):
    """Text that is markup, not to be escaped again."""


def element(tag: str, *children: object, **attributes: object) -> Html:
    """`<tag attributes>children</tag>`; None is left out, what is no Html is escaped.

    Attribute names lose a trailing underscore (`class_`), others become dashes; attributes that are None are
    left out.
    """
    given = "".join(f' {name.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
                    for name, value in attributes.items() if value is not None)
    return Html(f"<{tag}{given}>" if tag in VOID else f"<{tag}{given}>{joined(*children)}</{tag}>")


def joined(*children: object) -> Html:
    """Children one after the other."""
    return Html("".join(child if isinstance(child, Html) else html.escape(str(child))
                        for child in children if child is not None))


def section(title: str, *children: object) -> Html:
    """A titled part of a page; nothing if it has no content."""
    content = joined(*children)
    return element("section", element("h2", title), content) if content else Html("")


def table(header: list[str], rows: list[list[object]], class_: str | None = None) -> Html:
    """A table with a head; cells may be Html."""
    return framed(head(header), lines(rows), class_=class_)


def lines(rows: list[list[object]]) -> Html:
    """The body of a table; cells may be Html."""
    return element("tbody", *(element("tr", *(element("td", cell) for cell in row)) for row in rows))


def head(names: list[str]) -> Html:
    """The head of a table."""
    return element("thead", element("tr", *(element("th", name, scope="col") for name in names)))


def framed(*parts: Html, class_: str | None = None) -> Html:
    """A table that scrolls by itself where the window is too narrow."""
    return element("div", element("table", *parts, class_=class_), class_="wide")


def bullets(lines: list[str]) -> Html:
    """A list, nothing if it is empty."""
    return element("ul", *(element("li", line) for line in lines)) if lines else Html("")
