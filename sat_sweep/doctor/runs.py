"""MLflow, compared with the results that it is made from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sat_sweep.doctor.finding import Finding, listed
from sat_sweep.doctor.subject import Subject
from sat_sweep.home import expanded
from sat_sweep.tracking.comparison import Comparison, compared, make_equal
from sat_sweep.tracking.process import one_line

REMEDY = "brought up to date from the results"
WORDS = {"lacking": "MLflow lacks {}", "outdated": "MLflow shows an earlier result of {}",
         "twice": "MLflow has more than one run of {}", "surplus": "MLflow shows {}, of which there is no result"}


def check(subject: Subject) -> Iterator[Finding]:
    """Whether it shows every result once and nothing else, and nothing as running that does not run."""
    uri = expanded(subject.tracking_url)
    try:
        found = compared(uri, subject.sweep)
    except Exception as error:  # whatever MLflow raises
        yield Finding("mlflow", f"MLflow cannot be read: {one_line(error)}",
                      "no result is lost; once it can be, this command or a launch brings it up to date")
        return
    if subject.driven:  # it is a little behind
        return
    repair = partial(make_equal, uri, subject.sweep)
    for sentence in _sentences(found):
        yield Finding("mlflow", sentence, REMEDY, repair)


def _sentences(found: Comparison) -> Iterator[str]:
    for name, words in WORDS.items():
        if names := getattr(found, name):
            yield words.format(listed(names))
    if found.running:
        yield f"MLflow shows {listed(found.running)} as running, and nobody runs the sweep"
