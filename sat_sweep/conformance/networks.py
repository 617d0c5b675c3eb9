"""What every network must keep: logits of the right shape, a start of its seed, examples judged alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sat_sweep.conformance.check import Check, require
from sat_sweep.conformance.toy import first_difference, interrupt, numbers, toy_store, toy_trial
from sat_sweep.imports.lazy import torch
from sat_sweep.models import ModelSpec, build_model, models
from sat_sweep.training import epochs

CLASSES = 7
IMAGES: tuple[tuple[int, ...], ...] = ((1, 8, 8), (3, 32, 32))
FEATURES = (20,)


@dataclass(frozen=True)
class NetworkToy:
    """A network by name, with `options` for what has no default or is large."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def spec(self) -> ModelSpec:
        """Its block of a space file."""
        return models[self.name].model_validate(self.block)

    @property
    def block(self) -> dict[str, Any]:
        """Its block of a space file as it would be written."""
        return {"name": self.name, **self.options}

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Of the inputs that it is tried with."""
        return IMAGES if self.spec.images_only else (*IMAGES, FEATURES)

    def built(self, shape: tuple[int, ...], seed: int = 0) -> torch.nn.Module:
        """A new one, from the `seed`."""
        torch.manual_seed(seed)
        return build_model(self.spec, shape, CLASSES)


def maps_inputs_to_logits(toy: NetworkToy) -> None:
    """It maps images (and features, unless images_only) to finite logits (B, classes)."""
    for shape in toy.shapes:
        logits = toy.built(shape)(torch.randn(4, *shape))
        require(logits.shape == (4, CLASSES), f"inputs (4, {', '.join(map(str, shape))}) become {tuple(logits.shape)}, "
                                              f"and there are {CLASSES} classes")
        require(logits.isfinite().all(), f"some logits for inputs of shape {shape} are not finite")


def trains_every_parameter(toy: NetworkToy) -> None:
    """Every parameter that is not frozen gets a finite gradient."""
    module = toy.built(IMAGES[-1])
    module(torch.randn(4, *IMAGES[-1])).square().sum().backward()
    without = [name for name, parameter in module.named_parameters() if parameter.requires_grad
               and (parameter.grad is None or not parameter.grad.isfinite().all())]
    require(not without, f"{', '.join(without[:3])} and others of {len(without)} get none")


def its_seed_decides_its_start(toy: NetworkToy) -> None:
    """torch's global generator, and nothing else, decides how it starts."""
    one, same, other = (toy.built(IMAGES[0], seed).state_dict() for seed in (0, 0, 1))
    moved = [name for name in one if not torch.equal(one[name], same[name])]
    require(not moved, f"{moved[:3]} differ between two networks of the same seed")
    require(any(not torch.equal(one[name], other[name]) for name in one), "another seed gives the same network")


def judges_examples_alone(toy: NetworkToy) -> None:
    """In evaluation mode an example's logits depend on nothing but the example."""
    module = toy.built(IMAGES[-1]).eval()
    inputs = torch.randn(6, *IMAGES[-1])
    with torch.no_grad():
        together, again = module(inputs), module(inputs)
        alone = torch.cat([module(each[None]) for each in inputs])
    require(torch.equal(together, again), "twice the same batch gives other logits: something is drawn")
    require(torch.allclose(together, alone, rtol=1e-3, atol=1e-4), "logits change with the rest of the batch")


def says_whether_it_normalises_batches(toy: NetworkToy) -> None:
    """It says whether it has batch normalisation (normalises_batches)."""
    kinds = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d, torch.nn.SyncBatchNorm)
    found = any(isinstance(layer, kinds) for layer in toy.built(IMAGES[-1]).modules())
    require(found == toy.spec.normalises_batches, f"normalises_batches is {toy.spec.normalises_batches}, and it has "
                                                  f"{'one' if found else 'none'}")


def is_its_state(toy: NetworkToy) -> None:
    """Its state_dict is all of it: another one that loads it predicts the same."""
    one, other = toy.built(IMAGES[0]), toy.built(IMAGES[0], seed=1)
    one(torch.randn(8, *IMAGES[0])).sum().backward()
    other.load_state_dict(one.state_dict())
    inputs = torch.randn(5, *IMAGES[0])
    with torch.no_grad():
        require(torch.equal(one.eval()(inputs), other.eval()(inputs)), "it predicts something else: keep what it needs "
                                                                       "in parameters and buffers")


def trains_exactly(toy: NetworkToy) -> None:
    """A trial with it is the same to the bit again, and after an interruption."""
    spec = toy_trial("sat", {"sat.start_epoch": 2}, epochs=4, model=toy.block,
                     dataset={"name": "digits", "subset": 160})
    whole = numbers(epochs(spec))
    require(not (difference := first_difference(numbers(epochs(spec)), whole)), f"a second time {difference}")
    with toy_store() as store:
        interrupt(spec, store, 2)
        difference = first_difference(numbers(epochs(spec, store)), whole)
    require(not difference, f"after an interruption {difference}")


CHECKS: tuple[Check[NetworkToy], ...] = (
    maps_inputs_to_logits, trains_every_parameter, its_seed_decides_its_start, judges_examples_alone,
    says_whether_it_normalises_batches, is_its_state, trains_exactly)
