"""A trial as a file that `run` reads back."""

from __future__ import annotations

from sat_sweep.config.yaml_lines import write_yaml
from sat_sweep.home import Result


def trial_file(result: Result, selected_by: str = "score") -> str:
    """The trial of `result`, below comments that say where it comes from and how to run it.

    `selected_by` is what the measure is called by which it won.
    """
    value = "" if result.value is None else f", selected by {selected_by} {result.value:.4f}"
    header = [f"# Sweep: {result.sweep}", f"# Study: {result.study}", f"# Trial: {result.name}{value}",
              "# Train it again, in one process: sat-sweep run THIS_FILE"]
    return "\n".join([*header, write_yaml(result.spec).rstrip()])
