"""Memory that a trial uses up, or does not give back."""

from __future__ import annotations

from collections import defaultdict

import pytest

from sat_sweep.errors import ExitStatus
from tests.faults import memory
from tests.faults.plug_in import space, write
from tests.faults.round import a_round

JOIN_AND_TAKE = """
            group = os.environ["MEMORY_GROUP"]
            if os.path.exists(group):
                with open(group, "w") as joined:
                    joined.write(str(os.getpid()))
                taken = [bytearray(b"x") * (50 << 20) for _ in range(20)]
"""
LEAK = """
            pass
        if epoch not in (epochs := self.__dict__.setdefault("leaked", {})):
            if epoch == 1:
                with open("/proc/self/statm") as sizes, open(os.environ["SIZES"], "a") as told:
                    told.write(f"{os.getpid()} {int(sizes.read().split()[1]) * 4096 >> 20}\\n")
            epochs[epoch] = torch.ones(50 << 18)  # so much goes back to the system as soon as it is free
"""
LEAKED = 50 * 16
"""Megabytes that a trial holds in the end."""


@pytest.mark.skipif(not memory.can_limit(), reason="only root may make a cgroup")
def test_a_trial_that_is_out_of_memory_is_tried_again_and_left_to_a_later_launch() -> None:
    """It may be the machine, so it is no failure of the method; where there is memory the same command goes on."""
    with memory.limited(300) as group, \
            a_round(0, text=space("ce", "greedy"), environment={"MEMORY_GROUP": str(group)}) as this:
        write(this, greedy=JOIN_AND_TAKE)
        this.start()
        ended = this.end()
        assert ended.status == ExitStatus.INTERRUPTED, ended.said
        assert "greedy/symmetric-0.4/search-0000 was ended 6 times by the machine" in ended.said
        assert "Traceback" not in ended.said
        results = this.lab.sweep.results()
        assert [(result.method, result.state) for result in results] == [("ce", "complete")] * 3
        assert (this.home / "tiny/report/report.md").exists()
        this.environment["MEMORY_GROUP"] = "/nowhere"
        this.start()
        assert this.end().status == ExitStatus.DONE, this.launches[-1].said
        assert {result.state for result in this.lab.sweep.results()} == {"complete"}
        assert this.strays() == []


def test_what_a_trial_holds_is_given_back_with_its_end() -> None:
    text = space("leaking", more="resources: {max_concurrent: 1}\n")
    with a_round(0, text=text) as this:
        this.environment["SIZES"] = str(this.folder / "sizes")
        write(this, leaking=LEAK)
        this.start()
        assert this.end().status == ExitStatus.DONE, this.launches[-1].said
        sizes = defaultdict(list)
        for line in (this.folder / "sizes").read_text().splitlines():
            sizes[line.split()[0]].append(int(line.split()[1]))
        assert sum(map(len, sizes.values())) == 3
        assert max(map(len, sizes.values())) > 1, "no worker has had two trials"
        for grown in sizes.values():
            assert max(grown) - grown[0] < LEAKED / 2, sizes
