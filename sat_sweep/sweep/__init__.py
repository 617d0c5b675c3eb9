"""What happens to a sweep: launch, resume, extend, stop."""

from sat_sweep.sweep.launching import (
    DONE,
    INCOMPLETE,
    INTERRUPTED,
    Options,
    Outcome,
    asked,
    extend,
    launch,
    resume,
)

__all__ = ["DONE", "INCOMPLETE", "INTERRUPTED", "Options", "Outcome", "asked", "extend", "launch", "resume"]
