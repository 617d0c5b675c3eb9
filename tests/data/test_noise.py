"""What holds for every kind of noise, and what is particular to each."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from sat_sweep.data import AnyNoise, NoiseLevel, noises
from sat_sweep.data.noise import apply_noise
from sat_sweep.data.noise._rates import Rates
from sat_sweep.data.noise.instance import PREPARED, flip_rates, mistake, mistake_probabilities, raw_pixels
from sat_sweep.errors import UserError
from tests.data.making import make_dataset

BLOCKS = {
    "matrix": {"matrices": {"mine": np.roll(np.eye(5), 1, axis=1).tolist()}, "acknowledge": True},
    "column": {"columns": ["human"]},
    "as_given": {},
}
RATE_KINDS = [kind for kind in noises if issubclass(noises[kind], Rates)]
INPUT_KINDS = ["gaussian", "random_pixels", "shuffled_pixels"]
LABEL_KINDS = sorted(set(RATE_KINDS) - set(INPUT_KINDS))


def block(kind: str, **options):
    given = BLOCKS.get(kind, {"rates": [0.3]})
    return TypeAdapter(AnyNoise).validate_python({"kind": kind, **given, **options})


def level(kind: str, **options) -> NoiseLevel:
    return block(kind, **options).levels()[0]


@pytest.mark.parametrize("kind", [kind for kind in noises if kind != "several"])
class TestEveryKind:
    def test_levels_survive_being_written_down(self, kind):
        one = level(kind)
        assert NoiseLevel.model_validate_json(one.model_dump_json()) == one
        assert one.kind == kind

    def test_same_seed_same_draw(self, kind, dataset):
        first, again = (apply_noise(level(kind), dataset, seed=5) for _ in range(2))
        assert torch.equal(first.labels, again.labels)
        assert torch.equal(first.images, again.images)

    def test_dataset_is_unchanged(self, kind, dataset):
        images, labels = dataset.images.clone(), dataset.labels.clone()
        apply_noise(level(kind), dataset, seed=5)
        assert torch.equal(dataset.images, images)
        assert torch.equal(dataset.labels, labels)

    def test_truth_is_the_datasets_or_unknown(self, kind, dataset):
        true = apply_noise(level(kind), dataset, seed=5).true_labels
        assert true is None if kind == "as_given" else torch.equal(true, dataset.labels)

    def test_fits_this_dataset(self, kind, dataset):
        assert block(kind).check(level(kind), dataset) is None

    def test_refuses_unknown_keys(self, kind):
        with pytest.raises(ValidationError, match="rotes"):
            block(kind, rotes=[0.1])


@pytest.mark.parametrize("kind", RATE_KINDS)
class TestEveryRate:
    def test_levels_keep_order_and_carry_the_rate_in_their_name(self, kind):
        levels = block(kind, rates=[0.4, 0.0, 0.25]).levels()
        assert [one.rate for one in levels] == [0.4, 0.0, 0.25]
        assert [one.label for one in levels] == [f"{kind}-0.4", f"{kind}-0.0", f"{kind}-0.25"]

    @pytest.mark.parametrize("rates", [[], [1.0], [-0.1], [0.2, 0.2], [float("nan")]])
    def test_refuses_rates_outside_their_range_or_repeated(self, kind, rates):
        with pytest.raises(ValidationError, match="rates"):
            block(kind, rates=rates)

    def test_rate_zero_changes_nothing(self, kind, dataset):
        noisy = apply_noise(level(kind, rates=[0.0]), dataset, seed=5)
        assert torch.equal(noisy.labels, dataset.labels)
        assert torch.equal(noisy.images, dataset.images)

    def test_other_seed_other_draw(self, kind, dataset):
        one, other = (apply_noise(level(kind), dataset, seed) for seed in (5, 6))
        assert not (torch.equal(one.labels, other.labels) and torch.equal(one.images, other.images))


@pytest.mark.parametrize(("kind", "error"), [
    ("symmetric", 0.3), ("uniform", 0.24), ("pairflip", 0.3), ("asymmetric", 0.12), ("instance", 0.3),
])
def test_error_rate_is_nominal_up_to_rounding(kind, error, dataset):
    noisy = apply_noise(level(kind), dataset, seed=5)
    assert abs((noisy.labels != dataset.labels).sum().item() - error * 300) <= 1


@pytest.mark.parametrize("kind", LABEL_KINDS)
def test_label_noise_leaves_images_alone(kind, dataset):
    noisy = apply_noise(level(kind), dataset, seed=5)
    assert noisy.images is dataset.images
    assert noisy.corrupted_inputs == 0


@pytest.mark.parametrize("kind", INPUT_KINDS)
@pytest.mark.parametrize("shape", [(3, 8, 8), (40,)])
def test_input_noise_destroys_its_exact_share_and_keeps_labels(kind, shape):
    dataset = make_dataset(shape=shape)
    dataset = make_dataset(shape=shape, images=dataset.images.float() / 255) if len(shape) == 1 else dataset
    noisy = apply_noise(level(kind), dataset, seed=5)
    changed = (noisy.images != dataset.images).flatten(1).any(dim=1)
    assert changed.sum() == 90
    assert noisy.corrupted_inputs == pytest.approx(0.3)
    assert torch.equal(noisy.labels, dataset.labels)
    assert noisy.images.dtype == dataset.images.dtype


def ramps(count: int = 200):
    """Images whose pixels all differ and whose channels are multiples of each other."""
    ramp = torch.arange(64, dtype=torch.uint8).view(1, 8, 8)
    images = torch.cat([ramp, 2 * ramp, 3 * ramp]).expand(count, 3, 8, 8)
    return make_dataset(per_class=count // 5, images=images)


@pytest.mark.parametrize(("kind", "different"), [("random_pixels", 60), ("shuffled_pixels", 1)])
def test_pixels_change_places_and_keep_their_colour(kind, different):
    images = apply_noise(level(kind), ramps(), seed=5).images.int()
    changed = images[(images != ramps().images).flatten(1).any(dim=1)]
    assert len(changed.unique(dim=0)) == different
    assert torch.equal(changed[:, 1], 2 * changed[:, 0])
    assert torch.equal(changed[:, 0].flatten(1).sort().values, torch.arange(64).expand(60, -1).int())


def test_gaussian_noise_has_the_datasets_mean_and_deviation_per_channel():
    scale = torch.tensor([20, 60, 120]).view(1, 3, 1, 1)
    draws = torch.randn(300, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    dataset = make_dataset(images=(scale + draws * 5).clamp(min=0).to(torch.uint8))
    noise = apply_noise(level("gaussian", rates=[0.99]), dataset, seed=5).images.double()
    assert noise.mean(dim=(0, 2, 3)).tolist() == pytest.approx([19.5, 59.5, 119.5], abs=0.5)
    assert noise.std(dim=(0, 2, 3)).tolist() == pytest.approx([5, 5, 5], abs=0.3)


def test_an_image_and_its_negative_are_mistaken_for_opposite_classes():
    image = np.random.default_rng(1).standard_normal((1, 300)) / 300**0.5
    counts = [
        np.bincount(mistake(sign * image.repeat(4000, axis=0), 2, 5, np.random.default_rng(0)), minlength=5)
        for sign in (1, -1)
    ]
    assert counts[0][2] == counts[1][2] == 0
    assert counts[1][counts[0].argmax()] == np.delete(counts[1], 2).min()
    assert counts[0][counts[1].argmax()] == np.delete(counts[0], 2).min()


@pytest.mark.parametrize(("projections", "low", "high"), [("plain", 0.99, 1.0), ("scaled", 0.25, 0.6)])
def test_the_published_kind_mistakes_an_image_for_one_class(projections, low, high):
    """How likely the likeliest of four wrong classes is, over images: nearly sure, where even chances are 1/4."""
    images = make_dataset(shape=(3, 8, 8)).images
    inputs = PREPARED[projections](images)(images).flatten(1).double().numpy()
    likeliest = mistake_probabilities(inputs, 0, 5, np.random.default_rng(0)).max(axis=1).mean()
    assert low < likeliest <= high


def test_it_is_the_default():
    (chosen,) = noises["instance"](rates=(0.4,)).levels()
    assert chosen.projections == "plain"


def test_the_published_kind_by_hand():
    """exp(w x) for a raw pixel of 0.01 (of 255): two wrong classes, weights from the generator itself."""
    weights = np.random.default_rng(3).standard_normal((1, 3))[0]
    odds = np.exp(0.01 * weights)
    odds[1] = 0
    found = mistake_probabilities(np.array([[0.01]]), 1, 3, np.random.default_rng(3))
    np.testing.assert_allclose(found[0], odds / odds.sum())


def test_raw_pixels_count_from_0_to_255():
    bytes_, floats = torch.tensor([[[[0, 255]]]], dtype=torch.uint8), torch.tensor([[[[0.0, 1.0]]]])
    assert raw_pixels(bytes_).tolist() == raw_pixels(floats).tolist() == [[[[0.0, 255.0]]]]
    assert raw_pixels(torch.tensor([[0.5]])).item() == 0.5, "a feature is what it is"


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.5, 0.9])
def test_flip_rates_are_probabilities_around_the_rate(rate):
    rates = flip_rates(5000, rate, np.random.default_rng(0))
    assert 0 <= rates.min() <= rates.max() <= 1
    assert rates.mean() == pytest.approx(rate, abs=1e-9)
    assert rates.std() > 0.02


def test_column_noise_is_the_column(dataset):
    noisy = apply_noise(level("column"), dataset, seed=5)
    assert torch.equal(noisy.labels, dataset.columns["human"])
    assert level("column").label == "human"


def test_pairs_are_given_by_name_and_replace_the_datasets(dataset):
    given = apply_noise(level("asymmetric", pairs={"c": "d"}), dataset, seed=5).labels
    assert set(given[dataset.labels == 2].tolist()) == {2, 3}
    assert torch.equal(given[dataset.labels != 2], dataset.labels[dataset.labels != 2])


def test_pairs_of_classes_named_by_digits_need_no_quotes():
    assert level("asymmetric", pairs={3: 8}).pairs == (("3", "8"),)


@pytest.mark.parametrize(("kind", "options", "message"), [
    ("pairflip", {"rates": [0.5]}, "acknowledge: true"),
    ("asymmetric", {"rates": [0.5]}, "below 0.5"),
    ("asymmetric", {"pairs": {"a": "a"}}, "another"),
    ("column", {"columns": ["x", "x"]}, "once"),
    ("matrix", {"matrices": {"m": [[0.5, 0.4], [0.0, 1.0]]}}, "distributions"),
    ("matrix", {"matrices": {"m": [[1.0, 0.0]]}}, "square"),
    ("as_given", {"rates": [0.1]}, "rates"),
    ("gaussian", {"acknowledge": True}, "acknowledge"),
])
def test_refuses_without_having_seen_the_data(kind, options, message):
    with pytest.raises(ValidationError, match=message):
        block(kind, **options)


@pytest.mark.parametrize(("kind", "options", "message"), [
    ("symmetric", {"rates": [0.8]}, "likeliest"),
    ("column", {"columns": ["humane"]}, "did you mean 'human'"),
    ("asymmetric", {"pairs": {"a": "zz"}}, "unknown class 'zz'"),
    ("matrix", {"matrices": {"m": [[0.9, 0.1], [0.1, 0.9]]}}, "2 classes"),
    ("matrix", {"acknowledge": False}, "likeliest"),
])
def test_check_says_what_only_the_data_can_tell(kind, options, message, dataset):
    noise = block(kind, **options)
    assert message in noise.check(noise.levels()[0], dataset)


@pytest.mark.parametrize(("kind", "rate"), [("symmetric", 0.8), ("pairflip", 0.5)])
def test_acknowledging_lifts_the_doubt(kind, rate, dataset):
    noise = block(kind, rates=[rate], acknowledge=True)
    assert noise.check(noise.levels()[0], dataset) is None


@pytest.mark.parametrize(("rate", "fine"), [(0.79, True), (0.81, False)])
def test_symmetric_noise_is_fine_below_four_fifths_for_five_classes(rate, fine, dataset):
    noise = block("symmetric", rates=[rate])
    assert (noise.check(noise.levels()[0], dataset) is None) == fine


def test_a_column_of_other_things_is_no_label_column(dataset):
    ids = make_dataset(columns={"human": torch.arange(300)})
    assert "0 to 299" in block("column").check(level("column"), ids)


def test_a_misfit_is_refused_when_a_trial_is_built():
    with pytest.raises(UserError, match="pairs"):
        apply_noise(level("asymmetric"), make_dataset(confusions=None), seed=0)
