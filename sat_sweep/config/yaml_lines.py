"""YAML as settings need it: plain data and the line of every place, read safely, numbers as in YAML 1.2.

PyYAML follows YAML 1.1, where `1e-3` is text, `010` is eight and `no` is false; each of these has spoilt
somebody's experiment. Only mappings, lists, text, numbers, true/false and null exist here: no tags, no
aliases (one can hold itself, or a million copies), no key twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sat_sweep.errors import Problem

_SCALARS = {
    "tag:yaml.org,2002:null": (r"~|null|Null|NULL|", "~nN"),
    "tag:yaml.org,2002:bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "tag:yaml.org,2002:int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    "tag:yaml.org,2002:float": (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
}
"""The core schema of YAML 1.2: what an unquoted scalar looks like, and which characters it may begin with."""

LONGEST_NUMBER = 400
"""Digits of a whole number: what is longer is beyond all floating-point numbers too."""
ROOT = ""
"""The path of the whole document."""


@dataclass
class Document:
    """What a text holds: its `data`, the line (from 1) of every dotted path, and what is wrong as YAML.

    `spans` are where in the text each single value stands, by path: its first character and the one after its last.
    """

    data: Any = None
    lines: dict[str, int] = field(default_factory=dict)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: str) -> int | None:
        """Where `path` stands; where it is absent, its closest parent that is there."""
        while path not in self.lines and path:
            path = path.rpartition(".")[0]
        return self.lines.get(path)


def read_yaml(text: str) -> Document:
    """`text` as a document; mistakes are in its `problems`, never raised, and `data` is then partial."""
    document = Document()
    try:
        node = yaml.compose(text, Loader=_Loader)
        if node is not None:
            document.data = _Reader(document).value(node, ROOT)
    except yaml.MarkedYAMLError as error:
        document.problems.append(_syntax_problem(error))
    except yaml.YAMLError as error:
        document.problems.append(Problem("syntax", " ".join(str(error).split())))
    except RecursionError:
        document.problems.append(Problem("syntax", "nested too deeply"))
    return document


def write_yaml(data: Any) -> str:
    """Plain data as text for which `read_yaml(text).data == data`, keys in the order given."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def replaced(text: str, values: Mapping[str, str]) -> str:
    """`text`, a document, with other `values` at some dotted paths; all else, comments too, stays as it is."""
    spans = read_yaml(text).spans
    for path in sorted(values, key=lambda path: spans[path], reverse=True):
        start, end = spans[path]
        text = text[:start] + json.dumps(values[path], ensure_ascii=False) + text[end:]
    return text


def join(path: str, key: str | int) -> str:
    """The dotted path of `key` below `path`."""
    return f"{path}.{key}" if path else str(key)


def _syntax_problem(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    words = ", ".join(part for part in (error.context, error.problem) if part)
    return Problem("syntax", f"not readable as YAML: {words}", line=mark.line + 1 if mark else None)


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own registry

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not allowed, repeat the value", mark)
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own registry

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_str(self, data: str) -> ScalarNode:
        """PyYAML breaks a line at NEL (U+0085) as it is, which then is read as a space; escaped it stays itself."""
        style = '"' if "\x85" in data else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)


for _tag, (_pattern, _first) in _SCALARS.items():
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), list(_first))
for _class in (_Loader, _Dumper):
    _class.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^$"), [""])
_Dumper.add_representer(str, _Dumper.represent_str)


class _Reader:
    """Turns nodes into data, noting lines and mistakes in a document."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def value(self, node: Node, path: str) -> Any:
        self.document.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, MappingNode) and node.tag.endswith(":map"):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode) and node.tag.endswith(":seq"):
            return [self.value(item, join(path, i)) for i, item in enumerate(node.value)]
        if isinstance(node, ScalarNode) and (node.tag in _SCALARS or node.tag.endswith(":str")):
            return self._scalar(node, path)
        return self._complain(node, path, f"tags are not allowed, got '{node.tag}'", "write the plain value")

    def _mapping(self, node: MappingNode, path: str) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._complain(key, path, "a key must be a single word or number")
            elif key.value in data:
                first = self.document.lines[join(path, key.value)]
                self._complain(key, join(path, key.value), f"a key stands once, this is also in line {first}")
            else:
                self.document.lines[join(path, key.value)] = key.start_mark.line + 1
                data[key.value] = self.value(value, join(path, key.value))
        return data

    def _scalar(self, node: ScalarNode, path: str) -> Any:
        self.document.spans[path] = (node.start_mark.index, node.end_mark.index)
        try:
            return _CONVERSIONS[node.tag.rpartition(":")[2]](node.value)
        except ValueError:  # with an explicit tag, such as !!int many, or a number without end
            if len(node.value) > LONGEST_NUMBER:
                return self._complain(node, path, f"a number of {len(node.value):,} digits means nothing")
            return self._complain(node, path, f"'{node.value}' is not what its tag '{node.tag}' says")

    def _complain(self, node: Node, path: str, message: str, remedy: str | None = None) -> None:
        self.document.problems.append(Problem(path or "syntax", message, node.start_mark.line + 1, remedy))


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def _float(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


_CONVERSIONS: dict[str, Callable[[str], Any]] = {
    "null": lambda text: None,
    "bool": lambda text: text.lower() == "true",
    "int": _integer,
    "float": _float,
    "str": str,
}
