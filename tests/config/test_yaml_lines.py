from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sat_sweep.config.yaml_lines import read_yaml, write_yaml


@pytest.mark.parametrize(("text", "value"), [
    ("1e-3", 0.001), ("5.0e-4", 0.0005), ("-1.5E+3", -1500.0), (".5", 0.5), ("1.", 1.0), (".inf", math.inf),
    ("010", 10), ("0o17", 15), ("0x1F", 31), ("-3", -3), ("true", True), ("False", False),
    ("null", None), ("~", None), ("", None),
    ("yes", "yes"), ("off", "off"), ("1:30", "1:30"), ("1_000", "1_000"), ("2026-01-01", "2026-01-01"),
    ("'1'", "1"),
])
def test_scalars_are_those_of_yaml_1_2(text, value):
    read = read_yaml(f"key: {text}").data["key"]
    assert read == value
    assert type(read) is type(value)


def test_every_place_has_its_line():
    document = read_yaml("a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\nsearch:\n  sat.momentum: 0.9\n")
    places = ("a", "b", "b.0", "b.1", "b.1.d", "search.sat.momentum")
    assert [document.lines[path] for path in places] == [1, 2, 3, 4, 5, 7]


def test_a_missing_place_has_the_line_of_its_parent():
    assert read_yaml("\na:\n  b: 1\n").line("a.c.d") == 2


@pytest.mark.parametrize(("text", "line", "words"), [
    ("a: 1\nb: 2\na: 3", 3, "a key stands once, this is also in line 1"),
    ("a: !!python/object/apply:os.system [id]", 1, "tags are not allowed"),
    ("a: !!int many", 1, "'many' is not what its tag"),
    ("a: &x 1\nb: *x", 2, "aliases (*name) are not allowed"),
    ("a:\n - b\n c", 3, "not readable as YAML"),
    ("a: 1\n---\nb: 2", 2, "not readable as YAML"),
    ("? [a, b]\n: 1", 1, "a key must be a single word or number"),
])
def test_what_is_wrong_as_yaml(text, line, words):
    problem, = read_yaml(text).problems
    assert problem.line == line
    assert words in problem.message


@pytest.mark.parametrize("text", ["a: \x01", "[" * 5000])
def test_nothing_raises(text):
    assert read_yaml(text).problems


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.from_regex(r"[a-z.+_]{1,8}", fullmatch=True)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # no test fails by the clock
@given(PLAIN)
def test_what_is_written_is_read_back(data):
    document = read_yaml(write_yaml(data))
    assert (document.data, document.problems) == (data, [])


@pytest.mark.parametrize("text", ["a\x85b", "\x85", "a\u2028b", "\u2029", "a\r\nb"])
def test_text_of_several_lines_stays_itself_however_lines_end(text):
    assert read_yaml(write_yaml({"a": [text]})).data == {"a": [text]}


@pytest.mark.parametrize("text", ["1e-3", "0o17", "on", "null", "1_0", "", "=", "~", ".5", "- a"])
def test_text_that_looks_like_something_else_stays_text(text):
    assert read_yaml(write_yaml({"a": [text]})).data == {"a": [text]}
