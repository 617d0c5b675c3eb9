"""What a launch makes of records that are damaged beyond their copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from sat_sweep.home import Damaged, Home
from sat_sweep.sweep.order import order_from
from tests.cli.making import SPACE, space_file

DAMAGED = ("sweep.json", "sweep.copy.json")


@pytest.fixture
def launched(tmp_path: Path) -> tuple[Path, Home]:
    """A space file that was launched and extended by a trial, and its home; the records are damaged."""
    file, home = space_file(tmp_path), Home(str(tmp_path / "home"))
    order = order_from(file, None, str(tmp_path / "home"))
    space = order.plan.space.model_dump(mode="json")
    home.sweep("tiny").update(space=space, created=5.0, extended_by=1, state="running")
    home.sweep("tiny").write_space(file.read_text())
    from sat_sweep.home.status import StudyStatus, write_status

    write_status(home.sweep("tiny"), "running", [StudyStatus("sat", "symmetric-0.4", "search", 3, 0, 0, 0, 0, None)])
    for key in DAMAGED:
        home.sweep("tiny").folder.write(key, b"")
    return file, home


def test_the_record_is_made_anew_from_the_file_that_was_launched(launched, capfd):
    file, home = launched
    order = order_from(file, None, home.place)
    assert order.known is not None
    assert (order.known.extended_by, order.plan.space.search.trials) == (1, 3)
    assert "are made anew from the space file" in capfd.readouterr().err


def test_another_file_is_refused_in_a_sentence(launched, tmp_path):
    _, home = launched
    other = space_file(tmp_path, SPACE.replace("epochs: 4", "epochs: 5"))
    with pytest.raises(Damaged, match="launching its space file again makes it anew"):
        order_from(other, None, home.place)
