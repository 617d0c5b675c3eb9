"""`methods NAME`: all about one method, from its own text, its declarations and a second of training."""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from sat_sweep.commands.catalogue import described, show_parameters
from sat_sweep.commands.measured_method import MEASURED_ON, Measured, measured
from sat_sweep.commands.output import show, show_json
from sat_sweep.imports.plugins import load_all
from sat_sweep.methods import Method, parse, registry, shortest_with, told

WIDTH = 100
NOTHING = "nothing beyond noisy labels and one network"


def method_page(text: str, as_json: bool, plugins: Iterable[str] = ()) -> None:
    """Print all about the method string `text`, or about one part of such strings alone.

    Raises UserError for an unknown name or parts that do not go together.
    """
    load_all(plugins)
    parts = parse(text) if "+" in text else [registry[text.strip()]]
    whole = text if len(parts) > 1 else shortest_with(parts[0])
    about, found = [_about(part) for part in parts], measured(whole)
    if as_json:
        show_json({"name": text, "told": told(whole), "parts": about, **_numbers(whole, found)})
        return
    for each in about:
        show(_page(each))
    if any(each["parameters"] for each in about):
        show_parameters(about)
        show("")
    show(_facts(told(whole), whole, found))


def _about(part: type[Method]) -> dict[str, Any]:
    """What is written and declared: `text` is its module's, `advice` its own."""
    module = sys.modules.get(part.__module__)
    return {**described(part), "needs_validation": part.needs_validation,
            "text": inspect.cleandoc(getattr(module, "__doc__", None) or ""),
            "advice": inspect.cleandoc(vars(part).get("__doc__") or "")}


def _numbers(whole: str, found: Measured) -> dict[str, Any]:
    return {"step_cost": {"method": whole, "relative_to_ce": found.step_cost, "seconds_of_ce": found.base_seconds,
                          "measured_on": MEASURED_ON, "problem": found.problem or None},
            "remembers": found.remembers, "further_networks": found.further_networks}


def _page(about: dict[str, Any]) -> str:
    title = f"{about['name']} ({about['kind']})"
    advice = textwrap.fill(" ".join(about["advice"].split()), WIDTH)
    validation = ["a validation part"] if about["needs_validation"] else []
    facts = _listed({"Paper": about["paper"], "Needs": ", ".join([*about["needs"], *validation]) or NOTHING})
    parts = [title, "=" * len(title), "", about["text"], "", "Before choosing it", "------------------", advice, "",
             facts, ""]
    return "\n".join(parts)


def _facts(told: Sequence[str], whole: str, found: Measured) -> str:
    """What was measured, and that the method is told more than others."""
    more = {"Told": f"more than other methods: {', '.join(told)}; reports do not rank it among them"} if told else {}
    if found.problem:
        return _listed({**more, "A step": f"could not be measured: {found.problem}"})
    step = (f"{found.step_cost:.2f} times one of ce ({1e3 * (found.base_seconds or 0):.2f} ms), measured for {whole} "
            f"in its last epoch: {MEASURED_ON}")
    return _listed({**more, "A step": step, "Remembers": _remembered(found)})


def _remembered(found: Measured) -> str:
    tensors = found.remembers or {}
    kept = [f"a further network ({name})" for name in found.further_networks]
    kept += [f"{name} ({', '.join(map(str, shape)) or 'a number'})" for name, shape in tensors.items()]
    legend = "; N examples, C classes" if any({"N", "C"} & set(shape) for shape in tensors.values()) else ""
    return f"{', '.join(kept)}{legend}" if kept else "nothing from step to step"


def _listed(facts: dict[str, str]) -> str:
    """Each fact behind its name, wrapped, in two columns."""
    return "\n".join(textwrap.fill(text, WIDTH, initial_indent=f"{name:<11}", subsequent_indent=" " * 11)
                     for name, text in facts.items())
