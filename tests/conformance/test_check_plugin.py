"""`check-plugin`: what is broken is found and said, what keeps the rules passes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sat_sweep.cli import app

BROKEN = Path(__file__).with_name("broken.py")
EXAMPLES = Path(__file__).parents[2] / "examples"
FOUND = {
    "method forgetful": {
        "Going on from a plain run's epochs changes no number": "is neither in `memory` nor drawn",
        "Going on after interruptions, early, half way and late, changes no number": "belongs in `memory`",
        "Sharing with trials of its own, of other settings and another length, changes no number": "of epoch",
    },
    "method secretive": {
        "Going on from a plain run's epochs changes no number": "influence says {} in an epoch in which it acts",
        "Its influence is JSON, and empty only while it is plain training": "epoch 1: influence is {}, and yet",
    },
    "network moody": {
        "Every parameter that is not frozen gets a finite gradient": "unused.weight",
        "In evaluation mode an example's logits depend on nothing but the example": "something is drawn",
        "It says whether it has batch normalisation (normalises_batches)": "it has one",
        "Its state_dict is all of it: another one that loads it predicts the same": "parameters and buffers",
        "A trial with it is the same to the bit again, and after an interruption": "a second time",
    },
    "dataset ragged": {
        "Labels are (N,) int64 from 0 on, below the number of classes; class names are told apart":
            "labels go from 0 to 3, and there are 3 classes",
        "Images, labels, columns and file names are equally many; `counts` agrees": "60 images and 1 file names",
    },
    "dataset drifting": {
        "Inputs are (N, C, H, W) bytes or numbers from 0 to 1, or features (N, F) float32, all finite":
            "images go from",
        "Read again it is the same to the bit": "its fingerprint",
    },
    "noise kind leaky": {
        "Each level is of this kind and has a label of its own": "labels are ['leaky', 'leaky']",
        "What it is given stays as it was": "the dataset was written to",
    },
    "augmentation smearing": {
        "Images keep their shape and type, and stay finite, at any strength":
            "(16, 1, 8, 8) float32 become (16, 1, 4, 8)",
        "The same draws give the same images, whatever torch's global generator does": "draw from `generator` alone",
        "What it is given stays as it was": "return a copy",
    },
    "task peeking": {
        "It measures exactly what it declares, its selection and its answer among it, and when it says so":
            "val/peeked",
        "A trial of the search is told nothing that reads true labels": "it sees val/peeked",
        "Measures stay within the bounds that they declare": "test/odd is",
    },
}


def check(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["check-plugin", *map(str, arguments)])
    return done.exit_code, done.stdout


@pytest.fixture(scope="module")
def problems() -> dict[str, dict[str, str | None]]:
    status, printed = check(BROKEN, "--json")
    assert status == 1
    told: dict[str, dict[str, str | None]] = {}
    for finding in json.loads(printed):
        told.setdefault(finding["subject"], {})[finding["rule"]] = finding["problem"]
    return told


@pytest.mark.parametrize(("subject", "rule"), [(subject, rule) for subject, rules in FOUND.items() for rule in rules])
def test_what_is_broken_is_found(problems, subject, rule):
    assert FOUND[subject][rule] in (problems[subject][rule] or "nothing")


def test_an_error_of_the_code_is_told_with_its_line(tmp_path):
    file = tmp_path / "raising.py"
    file.write_text("from sat_sweep import register_augmentation\n\n\n@register_augmentation\n"
                    "def raising(images, generator, fill, strength):\n    raise KeyError('lost')\n")
    status, printed = check(file)
    assert status == 1
    assert "FAIL  What it is given stays as it was: KeyError: 'lost' (line 6)" in printed
    assert "0 of 4 rules are kept." in printed


@pytest.mark.parametrize("example", ["cost_sensitive", "decoupling", "gated"])
def test_the_examples_keep_every_rule(example):
    status, printed = check(EXAMPLES / f"{example}.py")
    assert (status, "FAIL" in printed) == (0, False)
    assert printed.splitlines()[0].endswith(example)


def test_options_are_tried(tmp_path):
    status, printed = check(EXAMPLES / "gated.py", "--set", "gated.depth=0")
    assert status == 1
    assert "depth: Input should be greater than or equal to 1 (--set gives one)" in printed


@pytest.mark.parametrize(("arguments", "sentence"), [
    (["no_such_file.py"], "'no_such_file.py' cannot be read"),
    (["json"], "json registers nothing; use register_method"),
    ([EXAMPLES / "gated.py", "--set", "gated.depth"], "--set takes NAME.OPTION=VALUE"),
    ([EXAMPLES / "gated.py", "--set", "gatd.depth=2"], "there is nothing called 'gatd' in it; did you mean 'gated'?"),
])
def test_mistakes_are_told(arguments, sentence):
    done = CliRunner().invoke(app, ["check-plugin", *map(str, arguments)])
    assert done.exit_code == 2
    assert sentence in done.stderr
