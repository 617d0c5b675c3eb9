"""Batches of unlabelled examples, for methods that learn from few labels."""

from __future__ import annotations

from sat_sweep.errors import UserError
from sat_sweep.imports.lazy import torch
from sat_sweep.methods.tools import Batch, Network, Tools, UnlabelledBatch

STRONG = "auto+rand_augment+cutout"
"""What a strong view is: RandAugment and cutout on top of the trial's augmentation, which is the weak view."""


def unlabelled_batch(tools: Tools, method: str, batch: Batch, ratio: int) -> UnlabelledBatch:
    """`ratio` times as many unlabelled examples as `batch` has labelled ones, at random.

    All different unless there are fewer. All methods draw from one stream, so that those of equal `ratio` see the same.
    Raises UserError in the name of `method` where all training examples have labels.
    """
    if (part := tools.unlabelled) is None:
        raise UserError(f"{method} learns from unlabelled examples; say how many have labels: dataset.labelled")
    count, size = len(part.inputs), ratio * len(batch.labels)
    chosen = tools.random("unlabelled").choice(count, size, replace=size > count)
    return UnlabelledBatch(torch.from_numpy(chosen).to(batch.labels.device))


def logits_of_views(tools: Tools, network: Network, batch: Batch,
                    others: UnlabelledBatch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits (B, C) of `network` for `batch`, and for a weak and a strong view of `others`, all in one pass."""
    views = [batch.inputs, tools.views(others), tools.views(others, STRONG)]
    labelled, weak, strong = tools.forward(network, torch.cat(views)).split([len(view) for view in views])
    return labelled, weak, strong
