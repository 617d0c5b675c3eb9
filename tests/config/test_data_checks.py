from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sat_sweep.config.data_checks import check_data
from sat_sweep.data import Dataset


@pytest.fixture
def images() -> Dataset:
    labels = torch.arange(20) % 10
    pixels = torch.zeros(20, 1, 8, 8)
    return Dataset(pixels, labels, pixels, labels, tuple("0123456789"), {"crowd": labels}, None)


def test_sound_data_have_no_problems(space, images):
    assert check_data(space(), images) == []


def test_missing_columns_are_named_with_the_closest(space, images):
    problem, = check_data(space(noise={"kind": "column", "columns": ["crowd", "crwd"]}), images)
    assert (problem.path, problem.message) == (
        "noise", "crwd: the data has no further label column 'crwd'; did you mean 'crowd'?")


def test_rates_at_which_the_true_class_is_no_longer_likeliest_need_a_word(space, images):
    rates = {"kind": "symmetric", "rates": [0.4, 0.95]}
    problem, = check_data(space(noise=rates), images)
    assert problem.message.startswith("symmetric-0.95: ")
    assert check_data(space(noise={**rates, "acknowledge": True}), images) == []


def test_networks_and_augmentation_for_images_need_images(space, images):
    features = replace(images, images=torch.zeros(20, 5), test_images=torch.zeros(20, 5))
    asked = space(model={"name": "convnet"}, training={"augmentation": "crop"})
    assert [problem.path for problem in check_data(asked, features)] == ["training.augmentation", "model"]
    assert check_data(asked, images) == []


def test_checking_draws_no_random_numbers(space, images):
    before = torch.get_rng_state()
    check_data(space(), images)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(("labelled", "said"), [
    (9, "9 labels are fewer than the 10 classes"),
    (16, "16 of 16 training examples would leave none without a label"), (15, None)])
def test_as_many_labels_as_can_be(space, images, labelled, said):
    found = [problem.message for problem in check_data(space(dataset={"name": "digits", "labelled": labelled}), images)]
    assert found == ([said] if said else [])


def test_strong_views_are_of_images(space, images):
    features = replace(images, images=torch.zeros(20, 5), test_images=torch.zeros(20, 5))
    asked = space(dataset={"name": "digits", "labelled": 12}, methods=["ce", "mixmatch", "fixmatch"])
    problem, = check_data(asked, features)
    assert (problem.path, problem.message) == (
        "methods.2", "'fixmatch' is for images, the inputs have shape (5,)")
    assert check_data(asked, images) == []


def test_a_head_needs_a_last_layer_whose_place_it_can_take(space, images, monkeypatch):
    asked = space(methods=["ce", "simclr", "byol+reset"], model={"name": "mlp"})
    assert check_data(asked, images) == []
    monkeypatch.setattr("sat_sweep.config.data_checks.build_model",
                        lambda *given: torch.nn.Sequential(torch.nn.Conv2d(1, 10, 1)))
    problems = check_data(asked, images)
    assert [problem.path for problem in problems] == ["methods.1", "methods.2"]
    assert problems[1].message == (
        "'byol+reset' needs a head of its own on the network: its last layer is a Conv2d, in whose place no other can "
        "be put; that takes a torch.nn.Linear")
