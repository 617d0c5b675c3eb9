from __future__ import annotations

import json

import pytest

from sat_sweep.config import load_space
from sat_sweep.errors import SpaceFileError, UserError
from sat_sweep.home import Home
from sat_sweep.home.names import is_folder_name, name_problem
from tests.cli.making import SPACE, space_file

ELSEWHERE = ["", ".", "..", "../other", "a/b", "/tmp", "a\\b", ".hidden", "-x", "a\nb", "a\n", "a\0b", "a b", "é", "~",
             "a" * 101, "%2e%2e"]
NOT_FREE = ["trajectories", "evidence", "uploads", "mlartifacts", "studies.db", "mlflow.db", "Studies.DB",
            "mlflow.db-wal", "studies.db-journal", "CON", "nul.txt", "com1", "lpt9.a.b", "a.", "a.."]
FREE = ["a", "A" * 100, "3", "a.b", "a-_b", "trajectories2", "my-studies.db", "console", "com", "com10"]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_no_folder_of_the_home_names_no_sweep(tmp_path, name):
    assert not is_folder_name(name)
    with pytest.raises(UserError, match="is no sweep's name: that has letters, digits"):
        Home(str(tmp_path / "home")).sweep(name)
    with pytest.raises(SpaceFileError, match="name: must be"):
        load_space(space_file(tmp_path, SPACE.replace("name: tiny", f"name: {json.dumps(name)}")))


@pytest.mark.parametrize("name", NOT_FREE)
def test_a_new_sweep_has_no_name_that_is_taken_or_that_windows_lacks(tmp_path, name):
    assert name_problem(name)
    with pytest.raises(SpaceFileError, match=r"space\.yaml:1: name: "):
        load_space(space_file(tmp_path, SPACE.replace("name: tiny", f"name: {name}")))


@pytest.mark.parametrize("name", FREE)
def test_other_names_are_free(tmp_path, name):
    assert is_folder_name(name)
    assert name_problem(name) is None
    assert load_space(space_file(tmp_path, SPACE.replace("name: tiny", f"name: '{name}'"))).name == name


def test_a_sweep_outside_of_the_home_is_neither_found_nor_listed(tmp_path):
    Home(str(tmp_path / "other")).sweep("mine").update(state="finished")
    home = Home(str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "a b").symlink_to(tmp_path / "other" / "mine")
    with pytest.raises(UserError):
        home.existing("../other/mine")
    assert home.names() == []
