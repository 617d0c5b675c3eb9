from __future__ import annotations

from sat_sweep.config import changes


def test_changed_added_and_removed_leaves():
    old = {"search": {"trials": 8, "space": {"sat.momentum": {"low": 0.5}}}, "methods": ["ce"], "seed": 0}
    new = {"search": {"trials": 12, "space": {}}, "methods": ["ce", "sat"], "seed": 0, "baseline": None}
    assert changes(old, new) == [
        "search.trials: 8 -> 12",
        "search.space.sat.momentum.low: 0.5 -> nothing",
        'methods: ["ce"] -> ["ce", "sat"]',
        "search.space: nothing -> {}",
        "baseline: nothing -> null",
    ]


def test_equal_settings_have_no_changes():
    settings = {"a": {"b": [1, {"c": 2}]}, "d": {}}
    assert changes(settings, settings) == []
