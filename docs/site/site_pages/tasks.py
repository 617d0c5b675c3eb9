"""Every task with its measures and options."""

from __future__ import annotations

import sys

from sat_sweep.tasks import Task, tasks
from site_pages.markdown import code, joined, prose, table
from site_pages.registered import section

INTRODUCTION = """\
# Tasks

The `task:` block of a space file: what is measured in every epoch, and which measure decides. Search, pruning and the
choice of an epoch may read only what uses given labels or none; measures with true labels are taken in the confirm
stage. What is measured whatever the task is: `train/loss`, `train/noisy_accuracy`, `epoch_seconds`, and where true
labels are known `train/memorized` (wrong labels that the network predicts) and `train/corrected` (wrong labels where it
predicts the true class). A task of your own: [plug-ins](../guides/plug-ins.md)."""


def page() -> str:
    """The page."""
    return joined(INTRODUCTION, *(section(name, tasks[name], after=_measures(tasks[name])) for name in tasks))


def _measures(cls: type[Task]) -> str:
    task = cls()
    return joined(
        prose(sys.modules[cls.__module__]),
        table(["measure", "of", "labels", "better"],
              ([code(each.name), each.split, each.labels, each.better] for each in task.measures)),
        f"{code(task.selection.measure.name)} decides in the search; {code(task.answer.name)} is the answer.")
