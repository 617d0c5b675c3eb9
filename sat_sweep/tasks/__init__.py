"""One file per task: what is measured, what decides, how to evaluate."""

from sat_sweep.tasks.base import AnyTask, Evaluation, Task, logits_of, of_classes, register, tasks
from sat_sweep.tasks.measure import Criterion, Measure, Point, Selection, smoothing_window

__all__ = ["AnyTask", "Criterion", "Evaluation", "Measure", "Point", "Selection", "Task", "logits_of", "of_classes",
           "register", "smoothing_window", "tasks"]
