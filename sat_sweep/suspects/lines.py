"""Suspects as lines of a table: for the terminal, as CSV, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sat_sweep.report.spreadsheet import as_csv
from sat_sweep.suspects.findings import Findings
from sat_sweep.suspects.ranking import Ranking


def csv_text(findings: Findings) -> str:
    """Every example of which something is known, the most suspicious first; seed by seed where labels differ."""
    lines = [line for ranking in findings.rankings for line in lines_of(findings, ranking)]
    return as_csv(list(lines[0]), lines)


def to_json(findings: Findings) -> dict[str, Any]:
    """What is printed for programs: the estimates, and the examples that are suspected."""
    found = [line for ranking in findings.rankings for line in lines_of(findings, ranking, findings.suspected)]
    return {"noise": findings.condition, "method": findings.method, "error_rate": findings.error_rate,
            "estimate": findings.noise and findings.noise.to_json(),
            "quality": findings.quality and findings.quality.to_json(), "suspects": found}


def lines_of(findings: Findings, ranking: Ranking, most: int | None = None,
             positions: Sequence[int] | None = None) -> list[dict[str, Any]]:
    """The examples of `ranking`, the `most` suspicious of them, or those at `positions`, each as one line."""
    names = findings.dataset.class_names
    places = {position: place for place, position in enumerate(ranking.order.tolist(), start=1)}
    tested = any(findings.examples.is_test(position) for position in places)
    several, truth = len(findings.rankings) > 1, ranking.draw.wrong is not None
    objections, voices = ranking.objections, ranking.voices
    return [{
        "rank": places[position], **findings.examples.where(position),
        **({"part": "test" if findings.examples.is_test(position) else "train"} if tested else {}),
        "given": names[ranking.draw.given[position]], "suggested": names[ranking.suggested[position]],
        "score": round(float(ranking.score[position]), 4), "sure": round(float(ranking.sure[position]), 4),
        "suspected": places[position] <= findings.suspected,
        "objections": int(objections[position]), "witnesses": int(voices[position]),
        "methods": _methods(ranking, position),
        **({"seed": ranking.draw.seeds[0]} if several else {}),
        **({"true": names[ranking.draw.true[position]]} if truth else {}),
    } for position in (ranking.order[:most].tolist() if positions is None else positions)]


def _methods(ranking: Ranking, position: int) -> str:
    """`sat 3/3, ce 1/2`: which methods object, and how many of their seeds."""
    said = {method: (int(against[position]), int(heard[position]))
            for method, (against, heard) in ranking.by_method.items()}
    return ", ".join(f"{method} {against}/{heard}" for method, (against, heard) in said.items() if against)
