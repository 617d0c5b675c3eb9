"""Risk and coverage of a classifier that withholds the answers it is least sure of.

With the N examples in the order of falling confidence and e_i = 1 where the i-th answer is wrong, at coverage k / N:

    selective risk    r_k = (e_1 + … + e_k) / k        how often an answer that is given is wrong
    generalised risk  g_k = (e_1 + … + e_k) / N        how often an answer is given and wrong

AURC is the mean of r_1 … r_N (Geifman & El-Yaniv, NeurIPS 2017, arXiv 1705.08500), E-AURC how much that is above the
AURC of the same answers in the best of all orders, errors last (Geifman, Uziel & El-Yaniv, ICLR 2019, arXiv
1805.08206), and AUGRC the mean of g_1 … g_N (Traub et al., NeurIPS 2024, arXiv 2407.01032), which gives early errors
no greater weight than late ones. Nothing here waits for a device.
"""

from __future__ import annotations

from sat_sweep.imports.lazy import torch


def risks(correct: torch.Tensor, confidence: torch.Tensor) -> torch.Tensor:
    """The selective risk r_k at each coverage k / N, for `correct` (N,) bool and `confidence` (N,), float32 (N,).

    Of equal confidence the earlier one is answered first.
    """
    wrong = (~correct[confidence.argsort(descending=True, stable=True)]).float()
    return wrong.cumsum(0) / torch.arange(1, len(wrong) + 1, device=wrong.device)


def aurc(curve: torch.Tensor) -> torch.Tensor:
    """The area under `curve`, the risks (N,) at all coverages; a scalar in [0, 1]."""
    return curve.mean()


def excess_aurc(curve: torch.Tensor, correct: torch.Tensor) -> torch.Tensor:
    """By how much the area under `curve` is above that of the best order of the answers `correct` (N,)."""
    return curve.mean() - risks(correct, correct.float()).mean()


def augrc(curve: torch.Tensor) -> torch.Tensor:
    """The area under the generalised risk, for the selective risks `curve` (N,); a scalar in [0, 1/2]."""
    coverage = torch.arange(1, len(curve) + 1, device=curve.device) / len(curve)
    return (curve * coverage).mean()


def at_coverage(curve: torch.Tensor, coverage: float) -> torch.Tensor:
    """The risk of `curve` (N,) at the `coverage` nearest to what is asked for, one answer at least."""
    return curve[max(1, round(coverage * len(curve))) - 1]


def threshold(confidence: torch.Tensor, coverage: float) -> torch.Tensor:
    """The least confidence at which a share `coverage` of those with `confidence` (N,) is answered; a scalar."""
    return confidence.sort(descending=True).values[max(1, round(coverage * len(confidence))) - 1]


def answered(correct: torch.Tensor, confidence: torch.Tensor, least: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The risk and the coverage where everything of `confidence` (N,) `least` or more is answered; 0 where nothing is.

    `correct` (N,) says which answers would be right.
    """
    given = confidence >= least
    return (given & ~correct).sum() / given.sum().clamp(min=1), given.float().mean()
