"""A launch in this process, and what keeps it from its end."""

from __future__ import annotations

from typing import Any

import pytest

from sat_sweep.errors import MachineFailure, UserError
from sat_sweep.home import SweepHome
from sat_sweep.home.status import read_status
from sat_sweep.sweep.launch import Options, launch
from sat_sweep.sweep.order import Order, order_again, order_from
from tests.cli.making import SPACE, space_file

SERIAL = Options(serial=True)


@pytest.fixture
def order(tmp_path: Any) -> Order:
    return order_from(space_file(tmp_path, SPACE), None, str(tmp_path / "home"))


def silent(text: str) -> None:
    """Nobody listens."""


def test_an_order_knows_whether_it_is_new_and_has_work(order, tmp_path):
    assert order.known is None
    assert order.may_have_work
    assert launch(order, SERIAL, silent).status == 0
    again = order_from(space_file(tmp_path, SPACE), None, str(tmp_path / "home"))
    assert (again.known is None, again.may_have_work) == (False, False)
    assert launch(again, SERIAL, silent).epochs_trained == 0
    more = order_again("tiny", str(tmp_path / "home"), further_trials=1)
    assert more.may_have_work
    assert more.plan.space.search.trials == 3


@pytest.mark.parametrize("what", ["add_result", "update"])
def test_a_home_that_cannot_be_written_ends_it_resumably_in_a_sentence(order, monkeypatch, what):
    def full(self: SweepHome, *_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full_disk:
        full_disk.setattr(SweepHome, what, full)
        with pytest.raises(MachineFailure, match=r"this machine cannot go on: .*No space left on device"):
            launch(order, SERIAL, silent)
    assert launch(order, SERIAL, silent).status == 0
    assert read_status(order.sweep).state == "finished"


def test_another_file_under_the_name_is_refused(order, tmp_path):
    launch(order, SERIAL, silent)
    with pytest.raises(UserError, match=r"training\.epochs: 4 -> 5"):
        order_from(space_file(tmp_path, SPACE.replace("epochs: 4", "epochs: 5")), None, str(tmp_path / "home"))


def test_whoever_launched_it_first_owns_it(order, tmp_path, monkeypatch):
    monkeypatch.setenv("SAT_SWEEP_OWNER", "ada@laptop")
    launch(order, SERIAL, silent)
    monkeypatch.setenv("SAT_SWEEP_OWNER", "bob@desktop")
    launch(order_again("tiny", str(tmp_path / "home"), further_trials=1), SERIAL, silent)
    assert order.sweep.describe().owner == "ada@laptop"
    assert read_status(order.sweep).owner == "ada@laptop"


def test_it_is_written_down_what_methods_are_told(tmp_path):
    text = SPACE.replace("subset: 300", "subset: 300, trusted: 50").replace("[ce, sat]", "[l2rw+reset, ce]")
    order = order_from(space_file(tmp_path, text), None, str(tmp_path / "home"))
    launch(order, SERIAL, silent)
    told = {study.method: study.told for study in order.sweep.describe().studies}
    assert told == {"l2rw+reset": ["trusted examples"], "ce": []}
