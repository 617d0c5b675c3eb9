"""A trial that hangs for ever is given up and counts as its method's failure; the sweep comes to its end."""

from __future__ import annotations

import pytest

from tests.faults.plug_in import space, write
from tests.faults.round import a_round


@pytest.mark.parametrize("what", ["time.sleep(10**6)", "__import__('re').match('(a+)+$', 60 * 'a' + 'b')"],
                         ids=["in Python", "where no thread of the process runs any more"])
def test_it_is_given_up_and_the_others_are_not(what: str) -> None:
    with a_round(0, text=space("ce", "hanging"), environment={"EPOCH_SECONDS": "8"}) as this:
        write(this, hanging=what)
        this.start()
        ended = this.end()
        assert ended.status == 1, ended.said
        results = {result.name: result for result in this.lab.sweep.results()}
        hung = results.pop("hanging/symmetric-0.4/search-0000")
        assert (hung.state, hung.reason) == ("failed", "an epoch did not end within 8 s")
        assert {result.state for result in results.values()} == {"complete"}
        assert this.strays() == []
