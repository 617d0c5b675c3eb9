"""A plug-in with methods that do what no method should, in the second epoch of each of their trials."""

from __future__ import annotations

import re

from tests.faults.round import SPACE, Round

HEAD = '''
import os
import time

import torch
from torch.nn.functional import cross_entropy

from sat_sweep import Objective, Parameters, register_method
'''
METHOD = '''

@register_method
class {title}(Objective):
    """Cross-entropy, but for its second epoch."""

    name = "{name}"
    Parameters = Parameters

    def influence(self, epoch, history):
        return {{"{name}": True}}

    def loss(self, logits, batch, epoch):
        loss = cross_entropy(logits, batch.labels)
        if epoch == 2:
            {what}
        return loss
'''
FILE = "plug_in.py"


def space(*methods: str, more: str = "") -> str:
    """The sweep of the rounds with these `methods` instead, which have nothing to search; `more` is appended."""
    before, _, rest = SPACE.partition("  space:")
    text = before + rest.partition("reset.patience: 2\n")[2]
    return re.sub(r"methods: .*", f"methods: [{', '.join(methods)}]\nplugins: [{FILE}]", text) + more


def write(this: Round, **methods: str) -> None:
    """The plug-in beside the space file: by the name of each method what it does."""
    made = (METHOD.format(name=name, title=name.title(), what=what) for name, what in methods.items())
    (this.folder / FILE).write_text(HEAD + "".join(made))
