"""All data of the corpus are refused in a sentence by whoever reads them, before anything is made."""

from __future__ import annotations

import pytest

from sat_sweep.config.yaml_lines import write_yaml
from tests.inputs.asking import SPACE, Place
from tests.inputs.data import WRONG_DATA
from tests.inputs.making import features, folders, npz, picture

TRIAL = {"noise": {"kind": "symmetric", "rate": 0.2, "label": "x"}, "method": "ce", "model": SPACE["model"],
         "training": SPACE["training"]}


@pytest.mark.parametrize("case", WRONG_DATA)
def test_wrong_data_are_refused(place: Place, case: str) -> None:
    make, words = WRONG_DATA[case]
    dataset = make(place.folder)
    with place.file(write_yaml({**SPACE, "dataset": dataset})) as file:
        said = place.refused("plan", file)
        assert place.refused("launch", file, "--yes", "--serial").endswith(said)
    assert words in said
    with place.file(write_yaml({**TRIAL, "dataset": dataset}), "trial.yaml") as file:
        if "dataset." not in said and "groups" not in case:  # that is judged of a whole sweep
            place.refused("run", file)


def test_links_to_images_are_followed_and_so_are_links_to_folders_within(place: Place) -> None:
    """`suspects --clean` writes links of its own kind, people write these."""
    block = folders(place.folder)
    picture(place.folder / "elsewhere" / "one.png")
    (place.folder / "images" / "a" / "z.png").symlink_to(place.folder / "elsewhere" / "one.png")
    (place.folder / "images" / "c").symlink_to("b")
    with place.file(write_yaml({**SPACE, "dataset": block})) as file:
        answer = place.ask("plan", file)
    assert answer.exit_code == 0, answer.output
    assert "37 images to train on, 9 for noisy validation" in answer.stdout


def test_what_only_looks_odd_is_read(place: Place) -> None:
    pixels = (features(60, 16).reshape(60, 4, 4) > 0).astype("u1")
    for block in (npz(place.folder, x_train=features().astype("f2")), npz(place.folder, x_train=features() > 0),
                  npz(place.folder, x_train=pixels), npz(place.folder, y_train=npz_labels("u1")),
                  npz(place.folder, notes="what this is"), npz(place.folder, y_other=1)):
        with place.file(write_yaml({**SPACE, "dataset": block})) as file:
            assert place.ask("plan", file).exit_code == 0


def npz_labels(kind: str) -> object:
    from tests.inputs.making import LABELS

    return LABELS.astype(kind)
