"""Importing beside other work what will be needed soon: matplotlib takes a second."""

from __future__ import annotations

import importlib
from threading import Thread

from sat_sweep.imports.collector import no_collection


def import_in_background(*modules: str) -> Thread:
    """Import `modules` in a thread; whoever needs one of them meanwhile waits for it as for any import."""

    def work() -> None:
        with no_collection():
            for module in modules:
                importlib.import_module(module)

    thread = Thread(target=work, name="imports", daemon=True)
    thread.start()
    return thread
