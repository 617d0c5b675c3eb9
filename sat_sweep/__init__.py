"""sat-sweep: distributed hyperparameter sweeps for training under label noise."""

__version__ = "0.1.0"
