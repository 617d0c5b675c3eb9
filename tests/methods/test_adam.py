"""Adam in a method's memory is torch's."""

import torch

from sat_sweep.methods.adam import adam_state, adam_step


def test_it_takes_the_steps_of_torchs():
    first = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    memory = {"w": first.clone(), "b": torch.ones(2)}
    memory |= adam_state(memory)
    theirs = torch.nn.Parameter(first.clone())
    adam = torch.optim.Adam([theirs], lr=1e-3)
    for number in range(5):
        slope = torch.full((3, 4), 0.1 * (number - 2))
        adam_step(memory, {"w": slope, "b": torch.zeros(2)}, 1e-3)
        theirs.grad = slope.clone()
        adam.step()
    torch.testing.assert_close(memory["w"], theirs.detach())
    assert torch.equal(memory["b"], torch.ones(2))
