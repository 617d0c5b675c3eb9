"""Whether every line of `vary` names a setting with values that it can have, alone and together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import prod

from pydantic import ValidationError

from sat_sweep.config.conditions import point_label, points, space_at
from sat_sweep.config.draft import Draft
from sat_sweep.config.explain import rule, shown
from sat_sweep.config.leaves import VARIED, BlockLeaf, NotALeaf, varied_leaf
from sat_sweep.errors import Problem
from sat_sweep.training.spec import Value


def check_lines(draft: Draft) -> Iterator[Problem]:
    """Everything that is wrong with single lines of `vary`."""
    for path in draft.space.vary:
        if draft.sound(f"vary.{path}"):
            yield from _line_problems(path, draft)


MOST_STUDIES = 10_000
"""A study's results have a folder, and whoever asks for more has multiplied without counting."""


def check_number(draft: Draft) -> Iterator[Problem]:
    """Whether there are more studies than anybody wants."""
    space = draft.space
    if not draft.sound("vary"):
        return
    parts = {"methods": len(space.methods) if draft.sound("methods") else 1,
             "noise levels": len(space.noise.levels()) if draft.sound("noise") else 1,
             **{path: len(values) for path, values in space.vary.items()}}
    if (number := prod(parts.values())) > MOST_STUDIES:
        product = " × ".join(f"{count:,} {name}" for name, count in parts.items())
        yield Problem("vary" if space.vary else "methods", f"{product} are {number:,} studies, and at most "
                      f"{MOST_STUDIES:,} are taken on", remedy="shorten the lists, or write several files")


def check_points(draft: Draft, check: Callable[[Draft], Iterable[Problem]]) -> Iterator[Problem]:
    """What `check` finds where values come together, and not in the file as it stands; each once, at the first point.

    For a draft whose lines of `vary` are sound. Nothing is tried in a block that stands in for one that cannot be read.
    """
    if not draft.space.vary or not draft.sound("vary") or any(map(draft.within_stand_in, draft.space.vary)):
        return
    known = set(map(_what, check(draft)))
    for point in points(draft.space):
        for problem in _at(point, draft, check):
            if _what(problem) not in known:
                known.add(_what(problem))
                yield Problem("vary", f"at {point_label(point)}, {problem.path}: {problem.message}",
                              remedy=problem.remedy)


def _at(point: dict[str, Value], draft: Draft, check: Callable[[Draft], Iterable[Problem]]) -> Iterable[Problem]:
    try:
        return check(Draft(space_at(draft.space, point), draft.broken))
    except ValidationError as error:  # single values are sound, so it is their combination that is not
        path = next(iter(point)).partition(".")[0]
        return [Problem(path, rule(details)) for details in error.errors(include_url=False)]


def _what(problem: Problem) -> tuple[str, str]:
    return problem.path, problem.message


def _line_problems(path: str, draft: Draft) -> Iterator[Problem]:
    place, values = f"vary.{path}", draft.space.vary[path]
    if path.startswith(tuple(f"{block}." for block in VARIED)) and draft.within_stand_in(path):
        return
    try:
        leaf = varied_leaf(path, draft.space)
    except NotALeaf as error:
        yield Problem(place, str(error), remedy=error.remedy)
        return
    if path in draft.space.search.space:
        yield Problem(place, f"'{path}' is searched as well", remedy="drop it here or in search.space")
    for number, value in enumerate(values):
        yield from _value_problems(f"{place}.{number}", leaf, value, values[:number])


def _value_problems(place: str, leaf: BlockLeaf, value: Value,
                    before: tuple[Value, ...]) -> Iterator[Problem]:
    if leaf.kind != "other" and isinstance(value, bool | str):
        yield Problem(place, f"must be a {leaf.kind}; got {shown(value)}")
    elif refusal := leaf.refusal(value):
        yield Problem(place, f"{refusal}; got {shown(value)}")
    elif any(value == earlier and isinstance(value, bool) == isinstance(earlier, bool) for earlier in before):
        yield Problem(place, f"a value stands once, got {shown(value)} again", remedy="drop the repetition")
