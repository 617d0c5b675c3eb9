"""Stock Ray Tune, used as its documentation recommends, under the same faults: `python -m tests.faults.stock`."""
