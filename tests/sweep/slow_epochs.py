"""Sweeps whose epochs take as long as wanted, in processes of their own: nothing but waiting is added to training."""

from __future__ import annotations

from pathlib import Path

SPACE = """\
name: tiny
dataset: {name: digits, subset: 300}
noise: {kind: symmetric, rates: [0.0, 0.4]}
methods: [ce]
model: {name: mlp, width: 32}
training: {epochs: 50, batch_size: 32}
confirm: {seeds: 2}
"""
CUSTOMIZATION = """\
import sys, time

words = " ".join(sys.orig_argv)
if "default_worker" in words or "--serial" in words:
    from sat_sweep.training.run import TrainingRun

    def slowly(self, epoch, train=TrainingRun.train_epoch):
        time.sleep({seconds})
        metrics, diverged = train(self, epoch)
        return dict(metrics, epoch_seconds=metrics["epoch_seconds"] + {seconds}), diverged

    TrainingRun.train_epoch = slowly
if "sat_sweep launch" in words:
    from sat_sweep.sweep.heartbeat import Heartbeat

    Heartbeat.listen, Heartbeat.every, Heartbeat.patience = 0.05, 0.1, {patience}
"""


def slowed(folder: Path, seconds: float, patience: float = 30.0) -> dict[str, str]:
    """The environment in which every epoch takes `seconds` longer and drivers have so much patience, in seconds.

    Python runs a module of this name when it starts, in drivers and in Ray's workers alike.
    """
    place = folder / "customization"
    place.mkdir()
    (place / "sitecustomize.py").write_text(CUSTOMIZATION.format(seconds=seconds, patience=patience))
    return {"PYTHONPATH": str(place)}
