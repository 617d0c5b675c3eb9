"""What was found, in sentences, the same in terminal and page."""

from __future__ import annotations

from sat_sweep.report.statistics import Summary
from sat_sweep.suspects.findings import Findings
from sat_sweep.suspects.quality import Quality, Together

WEAK = 0.3
"""A classifier that contradicts a larger share of the labels is said to be no good guide."""
UNSURE = (" With so many it is no good guide yet: train longer, with more seeds, a larger network or more data, and "
          "believe the top of the list alone.")


def sentences(findings: Findings) -> list[str]:
    """How many labels are wrong by estimate, how far to believe that, and how well wrong ones are found."""
    return [_amount(findings), *_belief(findings), *_found(findings)]


def share(summary: Summary) -> str:
    """`21.3 % [19.0, 23.6]`."""
    if summary.mean is None:
        return "–"
    spread = f" [{100 * summary.ci95[0]:.1f}, {100 * summary.ci95[1]:.1f}]" if summary.ci95 else ""
    return f"{100 * summary.mean:.1f} %{spread}"


def _amount(findings: Findings) -> str:
    of = f"{len(findings.rankings[0].order):,} labels"
    judge = f"going by {findings.method}{', the best at noisy validation' if findings.chosen else ''}"
    if findings.noise is None:
        return (f"{findings.condition}: {findings.suspected:,} of {of} are suspected, {judge}. How many are wrong "
                "cannot be estimated: nothing was held out (confirm.train_on: trainval).")
    amount = f"about {share(findings.noise.rate)}" if findings.noise.bounds else \
        f"at most about {100 * findings.noise.disagrees:.0f} %"
    return f"{findings.condition}: {amount} of {of} are wrong, {judge}: {findings.suspected:,} suspects."


def _belief(findings: Findings) -> list[str]:
    noise = findings.noise
    if noise is None:
        return []
    if noise.bounds is None or noise.error is None:
        return [f"The classifier contradicts {100 * noise.disagrees:.1f} % of the labels that it was not trained on, "
                "its own mistakes among them; hardly more are wrong. How many of these are mistakes cannot be told by "
                "labels that may be wrong; confident learning, which takes some of them for wrong labels too, arrives "
                f"at {share(noise.rate)}.{UNSURE if noise.disagrees > WEAK else ''} With a test set whose labels you "
                "trust (dataset.test_labels: trusted) its mistakes are known, and taken off."]
    low, high = (f"{100 * bound:.0f}" for bound in noise.bounds)
    grade = "a good guide" if noise.error < 0.1 else "rough" if noise.error < 0.3 else "no more than a guess"
    return [f"It takes the classifier's own mistakes ({100 * noise.error:.1f} % of the test part) for independent of "
            f"the wrong labels, which makes it {grade}; whatever depends on what, the share is between {low} and "
            f"{high} %."]


def _found(findings: Findings) -> list[str]:
    quality = findings.quality
    if quality is None or findings.error_rate is None:
        return []
    found = f"Of as many most suspicious examples, {share(quality.everything)} really are"
    told = [found, *_together(quality.together), *_beside(quality)]
    return [f"In truth {100 * findings.error_rate:.1f} % are wrong. {'; '.join(told)}."]


def _together(together: Together | None) -> list[str]:
    """What is known of all seeds at once, beside cleanlab."""
    if together is None:
        return []
    everything = f"all seeds together {100 * together.everything:.1f} %"
    if not together.cleanlab:
        return [everything]
    cleanlab = (f"cleanlab's {spaced(name)} {100 * recall:.1f}" for name, recall in together.cleanlab.items())
    return [everything, f"of those that one of them held out {100 * together.held_out:.1f} %, {', '.join(cleanlab)}"]


def _beside(quality: Quality) -> list[str]:
    """Single seeds beside cleanlab, where seeds cannot be put together."""
    if not quality.cleanlab or quality.together:
        return []
    cleanlab = (f"cleanlab's {spaced(name)} {share(summary)}" for name, summary in quality.cleanlab.items())
    return [f"on held-out examples alone {share(quality.held_out)}, {', '.join(cleanlab)}"]


def spaced(name: str) -> str:
    """`self confidence` of `self_confidence`."""
    return name.replace("_", " ")
