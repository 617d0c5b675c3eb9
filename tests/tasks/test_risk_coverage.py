"""Areas under risk and coverage: by hand, by brute force, and in closed form for perfect and for random scores."""

import math

import pytest
import torch

from sat_sweep.tasks.risk_coverage import answered, at_coverage, augrc, aurc, excess_aurc, risks, threshold


def areas(correct: torch.Tensor, confidence: torch.Tensor) -> list[float]:
    curve = risks(correct, confidence)
    return [aurc(curve).item(), excess_aurc(curve, correct).item(), augrc(curve).item()]


def by_brute_force(correct: list[bool], confidence: list[float]) -> list[float]:
    """Answer the surest one, the two surest, …, and count."""
    number = len(correct)

    def mean_risks(order: list[int]) -> tuple[float, float]:
        wrong = [sum(not correct[i] for i in order[:k]) for k in range(1, number + 1)]
        return (sum(w / k for k, w in enumerate(wrong, start=1)) / number, sum(w / number for w in wrong) / number)

    area, generalised = mean_risks(sorted(range(number), key=lambda i: -confidence[i]))
    best, _ = mean_risks(sorted(range(number), key=lambda i: not correct[i]))
    return [area, area - best, generalised]


def test_risks_by_hand():
    """Answered in the order 2, 0, 3, 1: right, wrong, right, wrong."""
    correct, confidence = torch.tensor([False, False, True, True]), torch.tensor([0.8, 0.1, 0.9, 0.5])
    curve = risks(correct, confidence)
    torch.testing.assert_close(curve, torch.tensor([0, 1 / 2, 1 / 3, 2 / 4]))
    best = (0 + 0 + 1 / 3 + 1 / 2) / 4
    assert areas(correct, confidence) == pytest.approx([1 / 3, 1 / 3 - best, (0 + 1 + 1 + 2) / 16])
    assert [at_coverage(curve, share).item() for share in (0.01, 0.5, 1)] == pytest.approx([0, 1 / 2, 1 / 2])


@pytest.mark.parametrize("seed", range(5))
def test_as_counted_one_by_one(seed):
    generator = torch.Generator().manual_seed(seed)
    correct, confidence = torch.rand(37, generator=generator) < 0.7, torch.rand(37, generator=generator)
    assert areas(correct, confidence) == pytest.approx(by_brute_force(correct.tolist(), confidence.tolist()), abs=1e-6)


def test_a_perfect_score():
    """With many examples of which a share r is wrong: AURC r + (1 - r) log(1 - r), AUGRC r^2 / 2."""
    correct = torch.arange(100_000) >= 30_000
    area, excess, generalised = areas(correct, correct.float())
    assert area == pytest.approx(0.3 + 0.7 * math.log(0.7), abs=1e-4)
    assert excess == 0
    assert generalised == pytest.approx(0.3**2 / 2, abs=1e-4)


def test_a_score_that_says_nothing():
    """The risk is r at every coverage: AURC r, AUGRC r / 2."""
    correct = torch.rand(200_000, generator=torch.Generator().manual_seed(0)) >= 0.3
    area, _, generalised = areas(correct, torch.rand(200_000, generator=torch.Generator().manual_seed(1)))
    assert area == pytest.approx(0.3, abs=5e-3)
    assert generalised == pytest.approx(0.15, abs=5e-3)


def test_no_errors_no_risk():
    assert areas(torch.tensor([True, True]), torch.tensor([0.2, 0.9])) == [0, 0, 0]


def test_a_threshold_is_kept_on_other_examples():
    """At 0.5 of (0.9, 0.7, 0.4, 0.1) everything from 0.7 on is answered: of the others three, one of them wrong."""
    least = threshold(torch.tensor([0.4, 0.9, 0.1, 0.7]), 0.5)
    assert least.item() == pytest.approx(0.7)
    correct, confidence = torch.tensor([True, False, True, False, True]), torch.tensor([0.95, 0.8, 0.7, 0.6, 0.2])
    risk, coverage = answered(correct, confidence, least)
    assert (risk.item(), coverage.item()) == pytest.approx((1 / 3, 3 / 5))
    nothing = answered(correct, confidence, torch.tensor(2.0))
    assert (nothing[0].item(), nothing[1].item()) == (0, 0)
