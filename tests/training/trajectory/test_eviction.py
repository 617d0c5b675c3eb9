"""What is deleted and what is not."""

import os

from sat_sweep.home.files import open_folder
from sat_sweep.training.trajectory.eviction import evict


def filled(tmp_path):
    folder = open_folder(tmp_path)
    for age, key in enumerate(["a" * 16 + "/1.state", "b" * 16 + "/2.state", "a" * 16 + "/3.state"]):
        folder.write(key, b"x" * 100)
        os.utime(tmp_path / key, (1000 + age, 1000 + age))
    folder.write("a" * 16 + "/1.records", b"x" * 1000)
    return folder


def left(folder):
    return sorted(entry.key[-8:] for entry in folder.entries())


def test_the_oldest_states_go_first_and_records_stay(tmp_path):
    folder = filled(tmp_path)
    assert evict(folder, 150, needed=[]) == 2
    assert set(left(folder)) == {"/3.state", ".records"}


def test_what_a_trial_may_need_stays_even_above_the_limit(tmp_path):
    folder = filled(tmp_path)
    assert evict(folder, 50, needed=["a" * 64]) == 1
    assert len(left(folder)) == 3


def test_below_the_limit_nothing_is_touched(tmp_path):
    assert evict(filled(tmp_path), 300, needed=[]) == 0
