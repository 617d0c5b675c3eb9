"""A trial as a file that `run` reads back: YAML, written without the machinery that validates it.

`config.loader.dump` says the same, but importing it takes the seconds of torch that a few lines need not.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from sat_sweep.home import Result

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_/+.-]*")
"""Text that may stand without quotes, unless PyYAML knows better (`true`, `null`, `on`)."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Quotes for whatever YAML 1.1 and 1.2 might read differently, such as `1e-3`."""
    style = None if _PLAIN.fullmatch(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def trial_file(result: Result, selected_by: str = "score") -> str:
    """The trial of `result`, below comments that say where it comes from and how to run it.

    `selected_by` is what the measure is called by which it won.
    """
    value = "" if result.value is None else f", selected by {selected_by} {result.value:.4f}"
    header = [f"# Sweep: {result.sweep}", f"# Study: {result.study}", f"# Trial: {result.name}{value}",
              "# Train it again, in one process: sat-sweep run THIS_FILE"]
    spec = yaml.dump(result.spec, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return "\n".join([*header, spec.rstrip()])
