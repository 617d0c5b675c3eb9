"""Importing beside other work what will be needed soon: torch, Ray, Optuna and matplotlib take seconds each."""

from __future__ import annotations

import importlib
from threading import Thread

from sat_sweep.imports.collector import importing


def import_ahead(*modules: str) -> Thread:
    """Start importing `modules` in a thread; whoever needs one of them meanwhile waits for it as for any import."""

    def work() -> None:
        with importing():
            for module in modules:
                importlib.import_module(module)

    thread = Thread(target=work, name="importing ahead", daemon=True)
    thread.start()
    return thread
