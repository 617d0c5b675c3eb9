"""Noise of several kinds: the levels of its blocks, each as it would be alone."""

import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from sat_sweep.config import space_schema
from sat_sweep.data import AnyNoise
from sat_sweep.data.noise import apply_noise

SYMMETRIC, PAIRFLIP = {"kind": "symmetric", "rates": [0.0, 0.4]}, {"kind": "pairflip", "rates": [0.3]}


def block(*of):
    return TypeAdapter(AnyNoise).validate_python({"kind": "several", "of": list(of)})


def test_its_levels_are_those_of_its_blocks(dataset):
    alone = [level for each in (SYMMETRIC, PAIRFLIP)
             for level in TypeAdapter(AnyNoise).validate_python(each).levels()]
    levels = block(SYMMETRIC, PAIRFLIP).levels()
    assert levels == alone
    assert [level.label for level in levels] == ["symmetric-0.0", "symmetric-0.4", "pairflip-0.3"]
    for one, other in zip(levels, alone, strict=True):
        assert torch.equal(apply_noise(one, dataset, 3).labels, apply_noise(other, dataset, 3).labels)


def test_what_a_block_has_to_say_of_its_levels_is_said(dataset):
    """The data have no such column of labels."""
    noise = block(SYMMETRIC, {"kind": "column", "columns": ["absent"]})
    said = [noise.check(level, dataset) for level in noise.levels()]
    assert said[:2] == [None, None]
    assert "absent" in said[2]


@pytest.mark.parametrize(("of", "said"), [
    ([SYMMETRIC], "at least two"), ([SYMMETRIC, {"kind": "symmetric", "rates": [0.4]}], "symmetric-0.4 twice"),
    ([SYMMETRIC, {"kind": "as_given"}], "as_given"), ([SYMMETRIC, {"kind": "several", "of": []}], "several"),
    ([SYMMETRIC, {"kind": "pairflop", "rates": [0.1]}], "pairflop")])
def test_what_does_not_go_together_is_refused(of, said):
    with pytest.raises(ValidationError, match=said):
        block(*of)


def test_the_schema_ends():
    """Blocks within the block, and none within those."""
    assert "several" in str(space_schema())
