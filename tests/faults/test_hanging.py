"""A trial that hangs for ever is given up and counts as its method's failure; the sweep comes to its end."""

from __future__ import annotations

from tests.faults.round import SPACE, a_round

PLUGIN = '''
import time

from torch.nn.functional import cross_entropy

from sat_sweep import Objective, Parameters, register_method


@register_method
class Hanging(Objective):
    """Cross-entropy that never ends its second epoch."""

    name = "hanging"
    Parameters = Parameters

    def influence(self, epoch, history):
        return {"hanging": True}

    def loss(self, logits, batch, epoch):
        if epoch == 2:
            time.sleep(10**6)
        return cross_entropy(logits, batch.labels)
'''


def test_it_is_given_up_and_the_others_are_not() -> None:
    text = SPACE.replace("methods: [ce, sat+reset]", "methods: [ce, hanging]\nplugins: [hanging.py]")
    space, _, rest = text.partition("  space:")
    text = space + rest.partition("reset.patience: 2\n")[2]
    with a_round(0, text=text, environment={"EPOCH_SECONDS": "8"}) as this:
        (this.folder / "hanging.py").write_text(PLUGIN)
        this.start()
        ended = this.end()
        assert ended.status == 1, ended.said
        results = {result.name: result for result in this.lab.sweep.results()}
        hung = results.pop("hanging/symmetric-0.4/search-0000")
        assert (hung.state, hung.reason) == ("failed", "an epoch did not end within 8 s")
        assert {result.state for result in results.values()} == {"complete"}
        assert this.strays() == []
