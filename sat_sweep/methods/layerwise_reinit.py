"""Layer-wise re-initialisation: the network is trained in stages, each of which starts its upper layers anew.

Alabdulmohsin, Maennel & Keysers, "The Impact of Reinitialization on Generalization in Convolutional Neural Networks",
2021, arXiv 2109.00267; compared with others in Zaidi et al. 2022, arXiv 2206.10011. With K groups of layers from input
to output and the training in K stages of equal length, at the beginning of stage k = 2 … K:

    groups 1 … k - 1 stay, each parameter that was not initialised as zero scaled back to the norm that it had then
    groups k … K become a new initialisation, with new buffers and optimiser state

The paper also puts a fixed normalisation behind the layers that stay, which would be another network: that part is left
out. The learning rate goes on as scheduled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sat_sweep.imports.lazy import torch
from sat_sweep.methods.base import Dynamics, register
from sat_sweep.methods.layers import stages, trainable
from sat_sweep.methods.parameters import Parameters, Range, hyperparameter
from sat_sweep.methods.tools import Record, Run


class LayerwiseReinitParameters(Parameters):
    """Ours; the paper takes as many as its budget allows."""

    groups: int = hyperparameter(4, ge=2, search=Range(2, 6), meaning="groups of layers, and stages of the training")
    rescale: bool = hyperparameter(True, meaning="give layers that stay the norm that they were initialised with")


@register
class LayerwiseReinit(Dynamics):
    """Lower layers learn what is general; upper ones, where wrong labels are memorised, begin again.

    Under label noise re-initialising helped also beside tuned regularisation; with clean labels it gave little beyond
    that (Zaidi et al. 2022). What is trained after the last time must suffice to learn again.
    """

    name = "layerwise_reinit"
    paper = "Alabdulmohsin et al. 2021, arXiv 2109.00267"
    Parameters: ClassVar[type[Parameters]] = LayerwiseReinitParameters
    starts_anew = True

    def influence(self, epoch: int, history: Sequence[Record]) -> dict[str, Any]:
        """How many groups stay, in the first epoch of a stage."""
        stay = self._staying(epoch)
        return {"stay": stay, **self.parameters.model_dump()} if stay else {}

    def begin_epoch(self, run: Run) -> None:
        """Begin a stage if one begins here."""
        if stay := self._staying(run.epoch):
            groups = stages(run.network().module, self.parameters.groups)
            if above := tuple(layer for group in groups[stay:] for layer in group):
                run.reinitialise(above)
            if self.parameters.rescale:
                self._rescale(run, tuple(layer for group in groups[:stay] for layer in group))

    def _staying(self, epoch: int) -> int:
        """How many groups stay if a stage begins with `epoch`, else 0."""
        starts = [1 + round(number * self.setting.epochs / self.parameters.groups)
                  for number in range(1, self.parameters.groups)]
        return starts.index(epoch) + 1 if epoch in starts else 0

    def _rescale(self, run: Run, layers: tuple[str, ...]) -> None:
        for name, network in run.trained.items():
            initial = run.initial(name)
            for key, value in trainable(network.module).items():
                if key.startswith(layers):
                    _give_norm(value, initial[key].norm())


def _give_norm(value: torch.nn.Parameter, norm: torch.Tensor) -> None:
    """What began as zero, such as a bias, has no length to go back to and stays as it is."""
    with torch.no_grad():
        length = value.norm()
        value.mul_(torch.where((length > 0) & (norm > 0), norm / length, 1.0))
