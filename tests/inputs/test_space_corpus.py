"""Every space file of the corpus is refused in a sentence, and nothing is left."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.inputs.asking import Place
from tests.inputs.spaces import SOUND, WRONG_VALUES, WRONG_YAML, with_line


@pytest.mark.parametrize("case", [*WRONG_YAML, *WRONG_VALUES])
def test_a_wrong_space_file_is_refused(place: Place, case: str) -> None:
    content, words = (WRONG_YAML | WRONG_VALUES)[case]
    with place.file(content) as file:
        said = place.refused("plan", file, "--no-estimate")
    assert words in said
    assert said.startswith(f"{file}: ")
    assert [path.name for path in place.folder.iterdir()] == ["space.yaml"]


@pytest.mark.parametrize("case", WRONG_YAML)
def test_a_trial_file_that_is_no_yaml_is_refused(place: Place, case: str) -> None:
    with place.file(WRONG_YAML[case][0]) as file:
        assert place.refused("run", file).startswith(f"{file}: ")


TRIAL = ("dataset: {name: digits, subset: 100}\nnoise: {kind: symmetric, rate: 0.2, label: x}\nmethod: ce\n"
         "model: {name: mlp, width: 4}\n")


@pytest.mark.parametrize(("line", "words"), [
    ("training: {epochs: 1000000000}", "training.epochs: must be at most"), ("seed: -1", "seed: must be at least 0"),
    (f"seed: {10**40}", "seed: "), ("threads: 100000", "threads: must be at most"), ("threads: 0", "threads: must be"),
    ("device: tpu", "device: must be"), ("parameters: [1]", "parameters: must be"),
    ("parameters: {sat.momentum: .nan}",
    "parameters.sat.momentum"), ("parameters: {'': 1}", "parameters."), ("task: {name: knitting}", "task.name"),
])
def test_a_wrong_trial_file_is_refused(place: Place, line: str, words: str) -> None:
    with place.file(f"{TRIAL}{line}\n", "trial.yaml") as file:
        assert words in place.refused("run", file)


@pytest.mark.parametrize(("noise", "words"), [
    ("{kind: symmetric, rate: 1.5, label: x}", "noise.rate: must be below 1"),
    ("{kind: symmetric, label: x}", "noise.rate: is required"),
    ("{kind: column, label: x}", "noise.column: is"), ("{kind: matrix, label: x}", "noise.matrix: is"),
    ("{kind: matrix, label: x, matrix: [[1, 0], [0, 1]]}", "is for 2 classes"),
    ("{kind: knitting, label: x}", "knitting"),
])
def test_noise_of_a_trial_that_its_data_cannot_have_is_refused(place: Place, noise: str, words: str) -> None:
    with place.file(TRIAL.replace("{kind: symmetric, rate: 0.2, label: x}", noise), "trial.yaml") as file:
        assert words in place.refused("run", file)


@pytest.mark.parametrize("command", [["plan"], ["launch", "--yes"], ["launch", "--detach"], ["run"], ["lr-range"]],
                         ids=" ".join)
def test_what_is_no_file_is_not_read(place: Place, command: list[str]) -> None:
    os.mkfifo(place.folder / "pipe")
    (place.folder / "loop").symlink_to(place.folder / "loop")
    with place.file(b"", "large") as large:
        os.truncate(large, 2**30)
    for name, words in {"/dev/zero": "no regular file", "/dev/null": "no regular file", "pipe": "no regular file",
                        "loop": "cannot be read", place.folder: "it is a folder", "n" * 300: "cannot be read",
                        large: "has 1,073,741,824 bytes", large / "x": "cannot be read"}.items():
        assert words in place.refused(*command, name), name


def test_sound_files_may_be_written_in_many_ways(place: Place) -> None:
    for content in (b"\xef\xbb\xbf" + SOUND.encode(), SOUND.replace("\n", "\r\n"), f"---\n{SOUND}...\n",
                    "# \U0001f600 é\n" + SOUND, with_line("? methods\n: [ce]", "methods")):
        with place.file(content) as file:
            assert place.ask("plan", file, "--no-estimate").exit_code == 0
    assert not place.home.exists()


def test_a_name_of_a_file_that_is_no_text_is_told_all_the_same(place: Place) -> None:
    found = subprocess.run([sys.executable, "-m", "sat_sweep", "plan", os.fsencode(place.folder) + b"/\xff\n.yaml"],
                           capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (2, "")
    assert "cannot be read: No such file" in found.stderr


@pytest.mark.parametrize("home", ["file", "file/below", "/dev/null", "/dev/null/x", "n" * 300])
def test_a_home_that_can_be_no_folder_is_refused(place: Place, home: str) -> None:
    with place.file(b"", "file"), place.file(SOUND) as space:
        answer = Place(place.folder, place.folder / home).ask("launch", space, "--yes", "--serial")
    assert answer.exit_code == 2, answer.output
    assert "cannot be a folder" in answer.stderr
    assert sorted(path.name for path in place.folder.iterdir()) == ["file", "space.yaml"]


@pytest.mark.parametrize("studies", [
    "nonsense", "redis://localhost:1", "ftp://host/x", "postgresql://127.0.0.1:1/x", "postgresql://host:port/x",
    "sqlite:///pipe", "sqlite:///pipe/x", "sqlite", "sqlite:///.", "sqlite:///space.yaml", "://", "mysql+nobody://host/x",
])
def test_studies_that_cannot_be_kept_there_are_refused_before_anything_is_made(place: Place, studies: str) -> None:
    os.mkfifo(place.folder / "pipe")
    with place.file(with_line(f"storage: {{studies: '{studies}'}}")) as file:
        place.refused("launch", file, "--yes", "--serial")
    assert sorted(path.name for path in place.folder.iterdir()) == ["pipe", "space.yaml"]
