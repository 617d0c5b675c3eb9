"""JoCoR by hand, and that the steps of its networks are one step on the joint loss."""

import numpy as np
import pytest
import torch

from sat_sweep.methods.jocor import jocor_losses, own_part
from tests.methods.by_hand import LABELS, LOGITS, log_softmax


@pytest.mark.parametrize("lam", [0.0, 0.65, 1.0])
@pytest.mark.parametrize("logits", LOGITS.values(), ids=LOGITS)
def test_losses_by_hand(logits, lam):
    peer = logits[::-1] + 0.5
    log_p, log_q = log_softmax(logits), log_softmax(peer)
    given = -log_p[np.arange(3), LABELS] - log_q[np.arange(3), LABELS]
    apart = (np.exp(log_p) * (log_p - log_q)).sum(axis=1) + (np.exp(log_q) * (log_q - log_p)).sum(axis=1)
    found = jocor_losses(torch.tensor(logits), torch.tensor(peer), torch.tensor(LABELS), lam)
    np.testing.assert_allclose(found.numpy(), (1 - lam) * given + lam * apart, rtol=1e-10, atol=1e-12)


def test_each_network_s_gradient_is_that_of_the_joint_loss():
    logits, peer = (torch.tensor(LOGITS["usual"] + shift, requires_grad=True) for shift in (0.0, np.arange(3) / 2))
    labels, lam = torch.tensor(LABELS), 0.9
    log_p, log_q = logits.log_softmax(dim=1), peer.log_softmax(dim=1)
    divergence = torch.nn.functional.kl_div
    apart = sum(divergence(one, other, reduction="none", log_target=True).sum(dim=1)
                for one, other in ((log_p, log_q), (log_q, log_p)))
    given = torch.nn.functional.cross_entropy(logits, labels, reduction="none") + torch.nn.functional.cross_entropy(
        peer, labels, reduction="none")
    joint = torch.autograd.grad(((1 - lam) * given + lam * apart).mean(), [logits, peer])
    for own, other, expected in ((logits, peer, joint[0]), (peer, logits, joint[1])):
        (found,) = torch.autograd.grad(own_part(own, other, labels, lam).mean(), own)
        torch.testing.assert_close(found, expected)


def test_networks_that_agree_have_no_distance():
    logits = torch.tensor(LOGITS["extreme"])
    assert jocor_losses(logits, logits, torch.tensor(LABELS), 1.0).abs().max() == 0
